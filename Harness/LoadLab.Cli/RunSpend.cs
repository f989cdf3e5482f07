using LoadLab.Planning;
using LoadLab.Workload;

namespace LoadLab.Cli;

/// <summary>What a live run may cost, from its scenario.</summary>
internal static class RunSpend
{
    public static SpendEstimate Estimate(Scenario scenario, Schedule schedule, ExpectedTimes? expected = null) => SpendEstimate.Of(new SpendBasis
    {
        LimitSeconds = [.. schedule.Calls.Select(call => Math.Min(scenario.Target.Timeout.Seconds, call.Patience?.Seconds ?? double.PositiveInfinity))],
        ExpectedSeconds = expected?.Seconds,
        ExpectedFrom = expected is null ? "" : $"profile {expected.Profile.Name} ({expected.Profile.Evidence}), each call alone",
        GpusPerCall = expected?.Gpus ?? 1,
        LengthSeconds = schedule.Length.Seconds,
        DrainSeconds = scenario.Guard.Drain.ThenCancel ? scenario.Guard.Drain.Max.Seconds : null,
        MaxCalls = scenario.Guard.MaxCalls,
        MaxInFlight = schedule.ClosedUsers is { } users ? Math.Min(users, scenario.Guard.MaxInFlight ?? users) : scenario.Guard.MaxInFlight,
        MaxSpend = scenario.Guard.MaxSpend,
        Price = scenario.Target.IsLoopback ? null : scenario.Price?.Price,
        NoPrice = scenario.Target.IsLoopback ? "the target is on this machine" : "the scenario names none",
    });
}
