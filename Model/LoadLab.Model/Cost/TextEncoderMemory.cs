using LoadLab.Model.TextEncoder;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// umT5's bytes: weights, and what lives at the peak of encoding one prompt of n tokens. dim, A attention width, F ffn width, h heads. Prompts are encoded one by
/// one and their rows kept by the host. Live throughout: hidden [n, dim], float32. The moments, in the order they come:
/// bias: its rows [n n, h] and their permutation;
/// attention: bias, input [n, dim], q, k, v, mixed 4 [n, A], and the engine's packing of keys and values, then the output [n, dim];
/// feed-forward: bias, attention's output, input, gate, value and product 3 [n, F], the output.
/// </summary>
internal sealed class TextEncoderMemory(EngineMemory engine, UmT5Config config, ElementType type)
{
    private const ElementType Full = ElementType.Float32;

    /// <summary>Without the embedding table, whose rows are read where the weights lie.</summary>
    public long Weights { get; } = WeightMemory.Bytes(engine, config.Tensors().Where(spec => spec.Kind != WeightKind.Embedding), type);

    /// <summary>Above the weights.</summary>
    public long Working(long tokens)
    {
        var hidden = engine.Tensor(tokens * config.Dim, Full);
        var bias = engine.Tensor(tokens * tokens * config.Heads, Full);
        return hidden + bias + Peak.Of(bias, Attention(tokens), FeedForward(tokens));
    }

    private long Attention(long tokens)
    {
        var input = engine.Tensor(tokens * config.Dim, Full);
        var projected = engine.Tensor(tokens * config.AttentionDim, type);
        return input + (4 * projected) + Peak.Of(
            engine.Attention(1, tokens, 1, tokens, config.Heads, config.HeadDim),
            engine.Tensor(tokens * config.Dim, type) + engine.Linear(tokens, config.AttentionDim, config.Dim, type, type));
    }

    private long FeedForward(long tokens)
    {
        var attention = engine.Tensor(tokens * config.Dim, type);
        var input = engine.Tensor(tokens * config.Dim, Full);
        var wide = engine.Tensor(tokens * config.FfnDim, type);
        return attention + input + Peak.Of(
            wide + engine.Gelu(tokens * config.FfnDim, type),
            (2 * wide) + engine.Linear(tokens, config.Dim, config.FfnDim, Full, type),
            (3 * wide) + engine.Tensor(tokens * config.Dim, type) + engine.Linear(tokens, config.FfnDim, config.Dim, type, type));
    }
}
