using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>What does not change between the denoising steps of one batch: text keys and values of every block, rotary tables.</summary>
internal sealed class DitSession(LatentGrid grid, int batch, Tensor cos, Tensor sin, (Tensor Key, Tensor Value)[] text) : IDisposable
{
    public LatentGrid Grid { get; } = grid;

    public int Batch { get; } = batch;

    /// <summary>(L, head dim / 2).</summary>
    public Tensor Cos { get; } = cos;

    public Tensor Sin { get; } = sin;

    /// <summary>Per block (B, text length, heads, head dim).</summary>
    public IReadOnlyList<(Tensor Key, Tensor Value)> Text { get; } = text;

    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
        foreach (var (key, value) in Text)
        {
            key.Dispose();
            value.Dispose();
        }
    }
}
