using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>What does not change between the denoising steps of one batch: text keys and values, rotary tables (L, head dim / 2), and memory for rows on the host.</summary>
internal sealed class DitSession(LatentGrid grid, int batch, TensorList rotary, IReadOnlyList<TextKeys> texts) : IDisposable
{
    private float[] _hostRows = [];

    public LatentGrid Grid { get; } = grid;

    public int Batch { get; } = batch;

    public Tensor Cos => rotary[0];

    public Tensor Sin => rotary[1];

    /// <summary>Groups in batch order.</summary>
    public IReadOnlyList<TextKeys> Texts { get; } = texts;

    /// <summary>Memory for so many values, good until the next call.</summary>
    public Span<float> HostRows(int count)
    {
        if (_hostRows.Length < count)
        {
            _hostRows = new float[count];
        }

        return _hostRows.AsSpan(0, count);
    }

    public void Dispose()
    {
        rotary.Dispose();
        foreach (var text in Texts)
        {
            text.Dispose();
        }
    }
}
