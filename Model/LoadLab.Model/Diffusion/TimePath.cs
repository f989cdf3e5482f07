using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>Timesteps to e (R, dim), which the head uses, and its projection e0 (R, 6 dim), which the blocks use. In float32, as in the reference.</summary>
internal sealed class TimePath(LoadedWeights weights, DitConfig config)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly LinearWeight _in = weights.FullLinear("time_embedding.0", config.Dim, config.FreqDim);
    private readonly LinearWeight _out = weights.FullLinear("time_embedding.2", config.Dim, config.Dim);
    private readonly LinearWeight _projection = weights.FullLinear("time_projection.1", 6 * config.Dim, config.Dim);

    public (Tensor Embedding, Tensor Projection) Evaluate(TokenTimesteps timesteps)
    {
        using var sinusoid = _backend.FromHost(new Shape(timesteps.Distinct.Length, config.FreqDim), timesteps.Sinusoid(config.FreqDim));
        using var hidden = _backend.Linear(sinusoid, _in, Activation.Silu);
        var embedding = _backend.Linear(hidden, _out);
        try
        {
            using var activated = _backend.Activate(embedding, Activation.Silu);
            return (embedding, _backend.Linear(activated, _projection));
        }
        catch
        {
            embedding.Dispose();
            throw;
        }
    }
}
