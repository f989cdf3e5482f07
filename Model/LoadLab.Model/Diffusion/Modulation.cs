using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>A learned table of rows added to a projection of the timestep embedding: shifts, scales and gates per distinct timestep.</summary>
internal sealed class Modulation(LoadedWeights weights, string name, int rows, int dim)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly Tensor _table = weights.Tensor(name, rows * dim);

    /// <summary>time (R, rows * dim) to its rows, each (R, dim). The caller disposes them.</summary>
    public TensorList Rows(Tensor time)
    {
        using var sum = _backend.Add(time, _table);
        return TensorList.Create(rows, row => _backend.Slice(sum, axis: 1, row * dim, dim));
    }
}
