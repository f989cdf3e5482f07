using LoadLab.Core.Runs;
using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>Operations of one job by formula; its text encoder (about 9 GFLOP a token in the full models) is left out.</summary>
internal sealed record JobFlops(double Denoise, double Decode)
{
    public double Whole => Denoise + Decode;

    /// <summary>Null for a model that this build does not know.</summary>
    public static JobFlops? Of(ServiceEntry entry) => Of(entry.Model, new JobShape(entry.Width, entry.Height, entry.Frames, entry.Steps), entry.Guided);

    public static JobFlops? Of(CallRecord call, bool guided) =>
        Of(call.ServedModel.Length > 0 ? call.ServedModel : call.Model, new JobShape(call.Width, call.Height, call.Frames, call.Steps), guided);

    /// <summary>Null for a model that this build does not know.</summary>
    public static JobFlops? Of(string model, Shape shape) => Of(model, new JobShape(shape.Width, shape.Height, shape.Frames, shape.Steps), shape.Guided);

    private static JobFlops? Of(string model, JobShape shape, bool guided) => ModelCatalog.Find(model) is { } spec
        ? new JobFlops(WanCost.DenoiseFlops(spec, shape, guided), WanCost.DecodeFlops(spec, shape))
        : null;
}
