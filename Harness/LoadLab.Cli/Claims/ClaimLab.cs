using LoadLab.Cli.Verbs;
using LoadLab.Fleet;
using LoadLab.Planning;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Workload;

namespace LoadLab.Cli.Claims;

/// <summary>Plays the scenarios of Scenarios/claims on shipped profiles under virtual time; a scenario's schedule is drawn once for all its sides.</summary>
internal sealed class ClaimLab
{
    private readonly Dictionary<string, (Scenario Scenario, Schedule Schedule)> _scenarios = new(StringComparer.Ordinal);

    /// <param name="name">A scenario of Scenarios/claims.</param>
    /// <param name="profile">A shipped profile.</param>
    /// <param name="change">What this side has otherwise than the file; null = nothing.</param>
    public ClaimRun Play(string name, string profile, Func<Scenario, Scenario>? change = null)
    {
        var (read, schedule) = Of(name);
        var side = change?.Invoke(read) ?? read;
        var times = Profiles.Load(profile);
        return new ClaimRun(name, profile, times.RealCalls, FleetSimulation.Run(schedule, times, side.Fleet, side.Serving, side.Autoscaler, side.Seed));
    }

    /// <summary>The smallest fixed fleet whose p95 latency is at most so long, of those with as many replicas as the load keeps busy or more.</summary>
    public (int Replicas, ClaimRun Run) SmallestFixed(string name, string profile, double p95Seconds, int least, int most)
    {
        for (var replicas = least; ; replicas++)
        {
            var count = replicas;
            var run = Play(name, profile, scenario => Fixed(scenario, count));
            if (replicas == most || run.Latency(0.95) <= p95Seconds)
            {
                return (replicas, run);
            }
        }
    }

    public static Scenario Fixed(Scenario scenario, int replicas) => scenario with
    {
        Autoscaler = new AutoscalerOptions { Kind = AutoscalerKind.Fixed, Replicas = replicas },
        Fleet = scenario.Fleet with { Replicas = replicas },
    };

    public static Scenario Serving(Scenario scenario, Func<ServingOptions, ServingOptions> change) => scenario with { Serving = change(scenario.Serving) };

    private (Scenario Scenario, Schedule Schedule) Of(string name)
    {
        if (!_scenarios.TryGetValue(name, out var known))
        {
            var scenario = Scenario.Load(Verb.Shipped("claims", name + ".yaml"));
            _scenarios.Add(name, known = (scenario, scenario.Schedule()));
        }

        return known;
    }
}
