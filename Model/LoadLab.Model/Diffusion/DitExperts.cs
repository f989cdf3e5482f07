namespace LoadLab.Model.Diffusion;

/// <summary>
/// One transformer, or two: high noise while timestep >= boundary * 1000, low noise after. Where they are not held, asking for one loads it and may free the other.
/// </summary>
internal sealed class DitExperts(Func<DitModel> high, Func<DitModel>? low = null, double boundary = 0)
{
    private const int TrainTimesteps = 1000;

    /// <summary>Of models that are there.</summary>
    public DitExperts(DitModel high, DitModel? low = null, double boundary = 0)
        : this(() => high, low is null ? null : () => low, boundary)
    {
    }

    /// <summary>The expert of a timestep and its place in a guidance list ordered (low, high).</summary>
    public (DitModel Model, int GuidanceIndex) At(float timestep) =>
        low is null ? (high(), 0) : timestep >= boundary * TrainTimesteps ? (high(), 1) : (low(), 0);
}
