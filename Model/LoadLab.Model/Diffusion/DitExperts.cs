namespace LoadLab.Model.Diffusion;

/// <summary>One transformer, or two: high noise while timestep >= boundary * 1000, low noise after.</summary>
internal sealed class DitExperts(DitModel high, DitModel? low = null, double boundary = 0)
{
    private const int TrainTimesteps = 1000;

    public DitConfig Config => high.Config;

    public int Count => low is null ? 1 : 2;

    /// <summary>The expert of a timestep and its place in a guidance list ordered (low, high).</summary>
    public (DitModel Model, int GuidanceIndex) At(float timestep) =>
        low is null ? (high, 0) : timestep >= boundary * TrainTimesteps ? (high, 1) : (low, 0);
}
