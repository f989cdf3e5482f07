using LoadLab.Model.Diffusion;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// The transformer's bytes: weights, what a batch keeps between steps, and what lives at the peak of a forward. M = items x L rows, d width, F ffn width; "narrow" is
/// the weights' type, float32 everything else.
/// Kept between steps (the session): cosines and sines 2 [L, head dim / 2]; per prompt of r rows (its tokens, and one row for all padding) keys and values of every
/// block 2 N [r, d] narrow, and with padding a bias [heads, chunk, r].
/// Live in every block: the residual x [M, d], the time embedding [d] and its projection [6 d], the block's modulation rows 6 [d]. The moments of a block:
/// self-attention: input [M, d]; q, k, v and mixed 4 [M, d] narrow; the engine's packing of keys and values;
/// cross-attention: input [M, d]; q and mixed 2 [M, d] narrow; the output, or, with several prompts, the joined parts once more;
/// feed-forward: input [M, d]; hidden [M, F] and output [M, d] narrow.
/// </summary>
internal sealed class TransformerMemory(EngineMemory engine, DitConfig config, ElementType type)
{
    private const ElementType Full = ElementType.Float32;
    private static readonly string[] FullLayers = ["patch_embedding.", "time_embedding.", "time_projection.", "head."];

    /// <summary>One expert.</summary>
    public long Weights { get; } = WeightMemory.Bytes(engine, config.Tensors(), type, name => FullLayers.Any(layer => name.StartsWith(layer, StringComparison.Ordinal)));

    /// <summary>Above the weights: opening the session, or a forward beside it.</summary>
    public long Working(BatchLoad load, LatentGrid latent)
    {
        var tokens = latent.Patches(config).Positions;
        var rows = (long)load.Items * tokens;
        var groups = load.Groups.ToArray();
        var texts = groups.Sum(group => Text(group, tokens));
        var session = texts + (2 * engine.Tensor((long)tokens * config.HeadDim / 2, Full));
        return Peak.Of(texts + Embedding(groups[^1]), session + Forward(rows, load.Items, tokens, groups));
    }

    private long Forward(long rows, int items, int tokens, PromptLoad[] groups)
    {
        var x = engine.Tensor(rows * config.Dim, Full);
        var patch = config.InChannels * config.PatchVolume;
        var embed = engine.Tensor(rows * patch, Full) + engine.Linear(rows, patch, config.Dim, Full, Full);
        var time = engine.Tensor(config.Dim, Full) + engine.Tensor(6 * config.Dim, Full);
        var modulation = 6 * engine.Tensor(config.Dim, Full);
        var input = engine.Tensor(rows * config.Dim, Full);
        return x + Peak.Of(
            embed,
            TimePath(),
            time + modulation + input + Peak.Of(
                SelfAttention(rows, items, tokens),
                CrossAttention(rows, tokens, groups),
                FeedForward(rows)),
            time + Head(rows));
    }

    private long SelfAttention(long rows, int items, int tokens)
    {
        var values = rows * config.Dim;
        var narrow = engine.Tensor(values, type);
        var linear = engine.Linear(rows, config.Dim, config.Dim, Full, type);
        return Peak.Of(
            narrow + Projected(values, narrow, linear),
            (2 * narrow) + narrow + linear,
            (4 * narrow) + engine.Attention(items, tokens, items, tokens, config.Heads, config.HeadDim),
            (2 * narrow) + Peak.Of(engine.Linear(rows, config.Dim, config.Dim, type, type), engine.AddGated(values)));
    }

    // Beside the input and what came before: a projection, then its norm beside it, then its rotation beside that.
    private long Projected(long values, long narrow, long linear) =>
        narrow + Peak.Of(linear, narrow + engine.RmsNorm(values, type), narrow + engine.Rope(values, config.HeadDim, type));

    private long CrossAttention(long rows, int tokens, PromptLoad[] groups)
    {
        var narrow = engine.Tensor(rows * config.Dim, type);
        var linear = engine.Linear(rows, config.Dim, config.Dim, Full, type);
        var output = (3 * narrow) + engine.Linear(rows, config.Dim, config.Dim, type, type);
        return Peak.Of(
            (2 * narrow) + engine.RmsNorm(rows * config.Dim, type),
            narrow + linear,
            groups.Length == 1 ? narrow + Mixed(groups[0], tokens) : Parts(groups, tokens, narrow),
            output);
    }

    // q, the parts so far, the queries of the next and its mixing; then all parts beside the joined result.
    private long Parts(PromptLoad[] groups, int tokens, long queries)
    {
        var (parts, peak) = (0L, 0L);
        foreach (var group in groups)
        {
            var own = engine.Tensor((long)group.Jobs * tokens * config.Dim, type);
            peak = Math.Max(peak, parts + own + Mixed(group, tokens));
            parts += own;
        }

        return queries + Math.Max(peak, parts + queries);
    }

    private long Mixed(PromptLoad group, int tokens)
    {
        var values = (long)group.Jobs * tokens * config.Dim;
        var chunk = TextEmbedder.QueryChunk(tokens);
        return engine.Tensor(values, type) + engine.Attention((long)group.Jobs * tokens / chunk, chunk, 1, Rows(group), config.Heads, config.HeadDim);
    }

    private long FeedForward(long rows)
    {
        var hidden = engine.Tensor(rows * config.FfnDim, type);
        return hidden + Peak.Of(
            engine.Linear(rows, config.Dim, config.FfnDim, Full, type) + engine.Gelu(rows * config.FfnDim, type),
            engine.Tensor(rows * config.Dim, type) + Peak.Of(engine.Linear(rows, config.FfnDim, config.Dim, type, type), engine.AddGated(rows * config.Dim)));
    }

    private long Head(long rows)
    {
        var outputs = config.PatchVolume * config.OutChannels;
        var modulation = engine.Tensor(2 * config.Dim, Full) + (2 * engine.Tensor(config.Dim, Full));
        return modulation + engine.Tensor(rows * config.Dim, Full) + engine.Tensor(rows * outputs, Full) + engine.Linear(rows, config.Dim, outputs, Full, Full);
    }

    private long TimePath() =>
        engine.Tensor(config.FreqDim, Full) + (3 * engine.Tensor(config.Dim, Full)) + engine.Tensor(6 * config.Dim, Full) + engine.Linear(1, config.Dim, 6 * config.Dim, Full, Full);

    // Keys, values and bias of a prompt.
    private long Text(PromptLoad group, int tokens)
    {
        var rows = Rows(group);
        var bias = group.Tokens < config.TextLength ? engine.Tensor((long)config.Heads * TextEmbedder.QueryChunk(tokens) * rows, Full) : 0;
        return (2L * config.Layers * engine.Tensor((long)rows * config.Dim, type)) + bias;
    }

    // Beside keys and values while the last prompt goes through the text MLP: its values and the MLP's two results.
    private long Embedding(PromptLoad group)
    {
        var rows = Rows(group);
        return engine.Tensor((long)rows * config.TextDim, Full) + (2 * engine.Tensor((long)rows * config.Dim, type)) + engine.Linear(rows, config.Dim, config.Dim, type, type);
    }

    private int Rows(PromptLoad group) => Math.Min(group.Tokens + 1, config.TextLength);
}
