using LoadLab.Planning;

namespace LoadLab.Cli.Campaigns;

/// <summary>What a fidelity campaign found.</summary>
/// <param name="Name">Of the campaign.</param>
/// <param name="Command">That made it.</param>
/// <param name="Machines">That its runs were played on.</param>
/// <param name="Recorded">From the first run's start to the last one's, UTC.</param>
/// <param name="Minutes">That the runs took together.</param>
/// <param name="Repeats">Live runs of each scenario.</param>
/// <param name="Simulations">Of each recorded run.</param>
/// <param name="LeastUnderLoad">Scenarios that must be under load.</param>
/// <param name="MostByInterval">Scenarios that may keep a bound by the interval alone.</param>
/// <param name="Profiles">One for each group.</param>
/// <param name="Scenarios">Those that were predicted.</param>
/// <param name="Discarded">Runs that do not count, each with why.</param>
internal sealed record CampaignReport(
    string Name, string Command, IReadOnlyList<string> Machines, string Recorded, double Minutes, int Repeats, int Simulations,
    int LeastUnderLoad, int MostByInterval, IReadOnlyList<CampaignProfile> Profiles, IReadOnlyList<CampaignScenario> Scenarios, IReadOnlyList<string> Discarded)
{
    /// <summary>Scenarios of which a figure misses its bound and lies within the interval of the repeats.</summary>
    public int ByInterval => Scenarios.Count(scenario => scenario.NeedsInterval);

    public int UnderLoad => Scenarios.Count(scenario => scenario.UnderLoad);

    /// <summary>Whether every figure keeps its bound, few need the interval, enough are under load, and every scenario is predicted better than without a simulator.</summary>
    public bool Passed => Scenarios.All(scenario => scenario.Passed && scenario.BetterThanNaive) && ByInterval <= MostByInterval && UnderLoad >= LeastUnderLoad;
}

/// <summary>The profile of a group, or one for each round.</summary>
/// <param name="Group">Its name.</param>
/// <param name="EachRound">Whether each round has its own.</param>
/// <param name="WarmUpS">Seconds at the start of each run, of calibration or test, whose calls do not count.</param>
/// <param name="Evidence">real or emulated.</param>
/// <param name="Scenarios">That it was calibrated on, with the hash of each schedule.</param>
/// <param name="Runs">Live runs behind it, all rounds together; the calls too.</param>
/// <param name="RealCalls">Completed calls of a real model in them.</param>
/// <param name="EmulatedCalls">Completed calls of an emulated one in them.</param>
internal sealed record CampaignProfile(string Group, bool EachRound, double WarmUpS, string Evidence, IReadOnlyDictionary<string, string> Scenarios, int Runs, int RealCalls, int EmulatedCalls);

/// <summary>A scenario that the profile never saw, measured and predicted.</summary>
/// <param name="Name">Of the scenario.</param>
/// <param name="About">The first line of its file.</param>
/// <param name="Group">Whose profile predicts it.</param>
/// <param name="Seed">Of its schedule.</param>
/// <param name="ScheduleSha256">The schedule that every repeat played.</param>
/// <param name="Planned">Calls of one repeat.</param>
/// <param name="Counted">Those of them after the warm-up.</param>
/// <param name="RealCalls">Completed calls of a real model, all repeats together.</param>
/// <param name="EmulatedCalls">Completed calls of an emulated one, all repeats together.</param>
/// <param name="Rows">Each figure measured and predicted.</param>
/// <param name="Quietness">Of the machine while it was played.</param>
internal sealed record CampaignScenario(
    string Name, string About, string Group, ulong Seed, string ScheduleSha256, int Planned, int Counted, int RealCalls, int EmulatedCalls, IReadOnlyList<FidelityRow> Rows, Quietness Quietness)
{
    /// <summary>Mean, p95 and p99 latency against their bounds.</summary>
    public IReadOnlyList<FidelityBound> Bounds { get; } = FidelityBound.Of(Rows);

    public bool Passed => Bounds.All(bound => bound.Passed);

    public bool NeedsInterval => Bounds.Any(bound => bound.NeedsInterval);

    /// <summary>Mean size of the three errors: simulated, by the service time only, by the queue formula.</summary>
    public double Error => FidelityBound.MeanSize(Bounds, row => row.RelativeError);

    public double ServiceOnlyError => FidelityBound.MeanSize(Bounds, row => row.ServiceOnlyError);

    public double QueueFormulaError => FidelityBound.MeanSize(Bounds, row => row.QueueFormulaError);

    /// <summary>Whether the simulation's three errors are smaller on average than those of each naive predictor.</summary>
    public bool BetterThanNaive => Error < ServiceOnlyError && Error < QueueFormulaError;

    /// <summary>Busy share 0.70 to 0.85 with a mean wait of at least the mean service.</summary>
    public bool UnderLoad => Measured("busy share") is >= 0.70 and <= 0.85 && Measured("mean wait") >= Measured("mean service");

    public FidelityRow Row(string name) => Rows.Single(row => row.Name == name);

    private double Measured(string name) => Row(name).Measured;
}
