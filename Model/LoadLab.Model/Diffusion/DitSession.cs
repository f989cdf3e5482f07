using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>What does not change between the denoising steps of one batch: text keys and values, rotary tables (L, head dim / 2).</summary>
internal sealed class DitSession(LatentGrid grid, int batch, TensorList rotary, IReadOnlyList<TextKeys> texts) : IDisposable
{
    public LatentGrid Grid { get; } = grid;

    public int Batch { get; } = batch;

    public Tensor Cos => rotary[0];

    public Tensor Sin => rotary[1];

    /// <summary>Groups in batch order.</summary>
    public IReadOnlyList<TextKeys> Texts { get; } = texts;

    public void Dispose()
    {
        rotary.Dispose();
        foreach (var text in Texts)
        {
            text.Dispose();
        }
    }
}
