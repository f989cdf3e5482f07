using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>Bytes of the largest tensors of one forward of one latent, as the reference holds them: the residual stream in float32, the rest in the compute type.</summary>
/// <param name="Residual">[L, d], float32.</param>
/// <param name="QueryKeyValue">q, k and v together, 3 [L, d].</param>
/// <param name="FfnHidden">[L, F].</param>
/// <param name="PerTokenTime">[L, 6, d], float32: the reference's modulation, which an engine with one timestep for all tokens never holds.</param>
/// <param name="HeadLogits">[L, L] of one head: never materialised here.</param>
/// <param name="Latent">[C, T, H, W], float32.</param>
/// <param name="VaeLargest">The decoder's largest layer output, float32.</param>
public sealed record ActivationTable(long Residual, long QueryKeyValue, long FfnHidden, long PerTokenTime, long HeadLogits, long Latent, long VaeLargest)
{
    public static ActivationTable Of(WanModelSpec model, JobShape shape, ElementType compute)
    {
        var c = model.Transformer;
        long tokens = model.Tokens(shape);
        return new ActivationTable(
            Residual: tokens * c.Dim * sizeof(float),
            QueryKeyValue: 3 * tokens * c.Dim * compute.Bytes(),
            FfnHidden: tokens * c.FfnDim * compute.Bytes(),
            PerTokenTime: tokens * 6 * c.Dim * sizeof(float),
            HeadLogits: tokens * tokens * compute.Bytes(),
            Latent: (long)model.LatentCount(shape) * sizeof(float),
            VaeLargest: VaeCost.LargestOutput(model.Vae, model.Grid(shape)) * sizeof(float));
    }
}
