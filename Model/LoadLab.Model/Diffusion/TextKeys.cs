using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>A group's text keys and values of every block, computed once for all denoising steps.</summary>
internal sealed class TextKeys(TextGroup group, int queryChunk, Tensor? bias, TensorList keys, TensorList values) : IDisposable
{
    public TextGroup Group { get; } = group;

    /// <summary>Queries attended together: a divisor of the token count that keeps the bias small, since all queries of a prompt take the same one.</summary>
    public int QueryChunk { get; } = queryChunk;

    /// <summary>(heads, query chunk, rows), or null.</summary>
    public Tensor? Bias { get; } = bias;

    /// <summary>Per block (1, rows, heads, head dim).</summary>
    public TensorList Keys { get; } = keys;

    public TensorList Values { get; } = values;

    public void Dispose()
    {
        Bias?.Dispose();
        Keys.Dispose();
        Values.Dispose();
    }
}
