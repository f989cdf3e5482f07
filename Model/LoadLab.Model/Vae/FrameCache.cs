using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>What one decoding stream remembers between latent frames: the last two input frames of every causal convolution.</summary>
internal sealed class FrameCache : IDisposable
{
    private readonly Dictionary<CausalConvolution, Tensor> _frames = [];

    /// <summary>Latent frames decoded so far.</summary>
    public int Chunk { get; private set; }

    /// <summary>The remembered frames, now the caller's, or null at the start.</summary>
    public Tensor? Take(CausalConvolution convolution) => _frames.Remove(convolution, out var frames) ? frames : null;

    /// <summary>Remembers the last frames of x (B, T, H, W, C).</summary>
    public void Keep(CausalConvolution convolution, ITensorBackend backend, Tensor x)
    {
        var frames = Math.Min(CausalConvolution.History, x.Shape[1]);
        _frames.Add(convolution, backend.Slice(x, axis: 1, x.Shape[1] - frames, frames));
    }

    public void Advance() => Chunk++;

    public void Dispose()
    {
        foreach (var frames in _frames.Values)
        {
            frames.Dispose();
        }

        _frames.Clear();
    }
}
