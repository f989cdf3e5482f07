using LoadLab.Model.Weights;

namespace LoadLab.Model.TextEncoder;

/// <summary>Dimensions of a umT5 encoder. The full one: 256384, 4096, 4096, 10240, 64 heads, 24 layers, 32 buckets.</summary>
public sealed record UmT5Config(int VocabularySize, int Dim, int AttentionDim, int FfnDim, int Heads, int Layers, int Buckets)
{
    /// <summary>Distance from which all relative positions share the last bucket.</summary>
    public const int MaxDistance = 128;

    /// <summary>Epsilon inside the RMS norms' root.</summary>
    public const float Epsilon = 1e-6f;

    public int HeadDim => AttentionDim / Heads;

    /// <summary>Every tensor, original names (10 per layer and 2).</summary>
    internal IEnumerable<TensorSpec> Tensors()
    {
        yield return new TensorSpec("token_embedding.weight", [VocabularySize, Dim], WeightKind.Embedding);
        for (var i = 0; i < Layers; i++)
        {
            foreach (var spec in Layer($"blocks.{i}"))
            {
                yield return spec;
            }
        }

        yield return TensorSpec.Gain("norm.weight", Dim);
    }

    private TensorSpec[] Layer(string name) =>
    [
        TensorSpec.Gain($"{name}.norm1.weight", Dim),
        TensorSpec.Matrix($"{name}.attn.q.weight", AttentionDim, Dim),
        TensorSpec.Matrix($"{name}.attn.k.weight", AttentionDim, Dim),
        TensorSpec.Matrix($"{name}.attn.v.weight", AttentionDim, Dim),
        TensorSpec.Matrix($"{name}.attn.o.weight", Dim, AttentionDim),
        new TensorSpec($"{name}.pos_embedding.embedding.weight", [Buckets, Heads], WeightKind.Modulation),
        TensorSpec.Gain($"{name}.norm2.weight", Dim),
        TensorSpec.Matrix($"{name}.ffn.gate.0.weight", FfnDim, Dim),
        TensorSpec.Matrix($"{name}.ffn.fc1.weight", FfnDim, Dim),
        TensorSpec.Matrix($"{name}.ffn.fc2.weight", Dim, FfnDim),
    ];
}
