using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Targets;
using LoadLab.Planning;
using LoadLab.Reports;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Cli;

/// <summary>What a run would do, without doing any of it: nothing is sent, looked up or written.</summary>
internal sealed record DryRun
{
    private const int MostParts = 12;
    private static readonly Duration s_endless = Duration.FromSeconds(366 * 86400.0);

    public required string Scenario { get; init; }

    public required ulong Seed { get; init; }

    public required string ScheduleSha256 { get; init; }

    public required string Target { get; init; }

    /// <summary>Of a closed loop: at most.</summary>
    public required int Calls { get; init; }

    /// <summary>Users of a closed loop; null for an open load.</summary>
    public required int? Users { get; init; }

    /// <summary>Null for a closed loop that only its calls end.</summary>
    public required Figure LengthSeconds { get; init; }

    /// <summary>With the drain: when the last call has ended or was cancelled.</summary>
    public required Figure LongestSeconds { get; init; }

    /// <summary>Calls per second over the length. Of a closed loop: users over service and think time, where a profile gives the service time and no call waits.</summary>
    public required Figure MeanRate { get; init; }

    /// <summary>Calls of the busiest second.</summary>
    public required Figure PeakRate { get; init; }

    /// <summary>Standard deviation of the gaps between calls over their mean.</summary>
    public required Figure GapCv { get; init; }

    /// <summary>At 1 s, 1 min, 10 min and 1 h, where the schedule is long enough.</summary>
    public required IReadOnlyList<CountStatistics> Counts { get; init; }

    public required IReadOnlyList<MixPart> Shapes { get; init; }

    public required IReadOnlyList<MixPart> Tiers { get; init; }

    public required IReadOnlyList<MixPart> Tenants { get; init; }

    public required int DistinctPrompts { get; init; }

    /// <summary>Distinct prompts over calls.</summary>
    public required Figure UniquePromptShare { get; init; }

    /// <summary>Mean seconds of a call served alone, by the profile.</summary>
    public required Figure ServiceSeconds { get; init; }

    /// <summary>Calls in service at once if none waited: rate times service time (Little's law), over the whole length.</summary>
    public required Figure Concurrency { get; init; }

    /// <summary>The same at the rate of the busiest minute; of the busiest second where the schedule is short.</summary>
    public required Figure PeakConcurrency { get; init; }

    public required SpendEstimate Spend { get; init; }

    /// <summary>What the guard stops at, one sentence each.</summary>
    public required IReadOnlyList<string> Guard { get; init; }

    /// <summary>What is checked at the end, one sentence each.</summary>
    public required IReadOnlyList<string> Checks { get; init; }

    /// <summary>Environment variables that must hold a secret.</summary>
    public required IReadOnlyList<Secret> Secrets { get; init; }

    /// <summary>Why the run would not be what the scenario means.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    public static DryRun Of(Scenario scenario, ServiceProfile? profile, Duration latenessGate)
    {
        var schedule = scenario.Schedule();
        var (shapes, tiers, tenants, prompts) = (new Tally(), new Tally(), new Tally(), new HashSet<string>());
        var rows = new List<TraceRow>(schedule.Calls.Count);
        var think = 0.0;
        foreach (var call in schedule.Calls)
        {
            rows.Add(new TraceRow(call.Intended.Nanoseconds, 0, null));
            shapes.Add($"{(call.Model.Length > 0 ? call.Model : "(the target's model)")} {call.Width}x{call.Height}, {call.Frames} frames, {call.Steps} steps{(call.Quality.Length > 0 ? $", {call.Quality}" : "")}");
            tiers.Add(call.Tier);
            tenants.Add(call.Tenant);
            prompts.Add(call.PromptHash);
            think += call.Think?.Seconds ?? 0;
        }

        const string NoCalls = "no call is planned";
        var open = schedule.ClosedUsers is null;
        var noTimes = open ? "the schedule is too short" : "users wait for their answers: the times of their calls are not planned";
        var expected = profile is null ? null : ExpectedTimes.Of(profile, schedule.Calls);
        var service = Figure.Of(expected?.Seconds is { Count: > 0 } seconds ? seconds.Average() : double.NaN, expected is null ? "no profile was given: --profile" : $"the profile does not know {expected.Unknown}");
        var arrivals = open && rows.Count > 0 ? TraceInspection.Of(new Trace { File = scenario.Path, Format = TraceFormat.LoadLab, Rows = rows }) : null;
        var mean = open ? Figure.Of(rows.Count / schedule.Length.Seconds, NoCalls)
            : service.Value is { } served ? Figure.Of(schedule.ClosedUsers!.Value / (served + (think / Math.Max(1, rows.Count))), NoCalls)
            : service;
        var length = open || schedule.Length < s_endless ? new Figure(schedule.Length.Seconds) : new Figure(null, "its calls end it");
        var spend = RunSpend.Estimate(scenario, schedule, expected);
        var concurrency = Times(service, mean);
        Secret[] secrets = scenario.Target.KeyVariable is { } variable ? [new Secret(variable, !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable)))] : [];
        return new DryRun
        {
            Scenario = scenario.Name,
            Seed = scenario.Seed.Value,
            ScheduleSha256 = schedule.Sha256,
            Target = TargetOf(scenario.Target),
            Calls = rows.Count,
            Users = schedule.ClosedUsers,
            LengthSeconds = length,
            LongestSeconds = length.Value is { } planned ? new Figure(planned + Math.Min(scenario.Guard.Drain.Max.Seconds, scenario.Target.Timeout.Seconds)) : length,
            MeanRate = mean,
            PeakRate = Peak(arrivals, 1, noTimes),
            GapCv = Figure.Of(arrivals?.GapCv ?? double.NaN, open ? "too few calls" : noTimes),
            Counts = arrivals?.Counts ?? [],
            Shapes = shapes.Parts(),
            Tiers = tiers.Parts(),
            Tenants = tenants.Parts(),
            DistinctPrompts = prompts.Count,
            UniquePromptShare = Figure.Of((double)prompts.Count / rows.Count, NoCalls),
            ServiceSeconds = service,
            Concurrency = concurrency,
            PeakConcurrency = Times(service, Peak(arrivals, 60, noTimes).Value is { } minute ? new Figure(minute) : Peak(arrivals, 1, noTimes).Value is { } second ? new Figure(second) : mean),
            Spend = spend,
            Guard = [.. GuardWords.Of(scenario.Guard, scenario.Target)],
            Checks = [.. ChecksOf(scenario, latenessGate)],
            Secrets = secrets,
            Warnings = [.. WarningsOf(scenario, rows.Count, concurrency, spend, secrets)],
        };
    }

    public void Print(Output output)
    {
        output.Line($"dry run of {Scenario}: nothing was sent");
        output.Table("", ["figure", "value"], Figures().Select(figure => (IReadOnlyList<string>)[figure.Name, figure.Value]));
        foreach (var (name, parts) in new[] { ("shape", Shapes), ("tier", Tiers), ("tenant", Tenants) })
        {
            if (parts is not [{ Name.Length: 0 }])
            {
                output.Table("", [name, "calls", "share"], parts.Take(MostParts).Select(part => (IReadOnlyList<string>)[part.Name, Show.Number(part.Calls), Show.Share(part.Share)]));
                output.Lines("left out", parts.Count > MostParts ? [$"{parts.Count - MostParts} more {name}s"] : []);
            }
        }

        output.Lines("spend", Spend.Lines());
        output.Lines("guard", Guard);
        output.Lines("checks", Checks);
        output.Lines("secrets", Secrets.Select(secret => $"{secret.Variable} is {(secret.IsSet ? "set" : "not set")}"));
        output.Lines("warning", Warnings);
    }

    private IEnumerable<(string Name, string Value)> Figures()
    {
        yield return ("target", Target);
        yield return ("calls", Users is { } users ? $"{Calls} at most, of {users} users" : Show.Number(Calls));
        yield return ("length", Seconds(LengthSeconds));
        yield return ("length with drain, at most", Seconds(LongestSeconds));
        yield return ("mean rate", Rate(MeanRate));
        yield return ("peak rate (busiest second)", Rate(PeakRate));
        yield return ("CV of gaps", Number(GapCv));
        foreach (var count in Counts)
        {
            yield return ($"counts in {Show.Seconds(count.WindowSeconds)}", $"Fano {Show.Number(count.Fano)}, peak-to-mean {Show.Number(count.PeakToMean)} ({count.Windows} windows)");
        }

        yield return ("distinct prompts", $"{DistinctPrompts} ({(UniquePromptShare.Value is { } share ? Show.Share(share) : UniquePromptShare.Why)} of calls)");
        yield return ("service time, alone", Seconds(ServiceSeconds));
        yield return ("calls in service (Little)", Number(Concurrency));
        yield return ("the same at the peak", Number(PeakConcurrency));
        yield return ("schedule", ScheduleSha256);
    }

    private static string Seconds(Figure figure) => figure.Value is { } seconds ? Show.Seconds(seconds) : figure.Why!;

    private static string Rate(Figure figure) => figure.Value is { } rate ? $"{Show.Number(rate)}/s" : figure.Why!;

    private static string Number(Figure figure) => figure.Value is { } value ? Show.Number(value) : figure.Why!;

    private static Figure Times(Figure service, Figure rate) => service.Value is { } seconds ? rate.Value is { } perSecond ? new Figure(seconds * perSecond) : rate : service;

    private static Figure Peak(TraceInspection? arrivals, double window, string why) => arrivals?.Counts.FirstOrDefault(count => count.WindowSeconds == window) is { } count && arrivals.MeanRate is { } rate
        ? new Figure(count.PeakToMean * rate)
        : new Figure(null, why);

    private static string TargetOf(TargetOptions target) => target.Emulated is { } emulated
        ? Show.Inv($"emulated x{emulated.Speed:0.###}, {target.Model}, {target.Replicas} replicas of profile {emulated.Profile}")
        : target.Kind == TargetKind.Local ? $"local, {target.Model}"
        : $"{target.Url}, {(target.IsLoopback ? "this machine" : "another machine")}";

    private static IEnumerable<string> WarningsOf(Scenario scenario, int calls, Figure concurrency, SpendEstimate spend, IReadOnlyList<Secret> secrets)
    {
        foreach (var secret in secrets.Where(secret => !secret.IsSet))
        {
            yield return $"the environment variable {secret.Variable} is not set: the run would be refused";
        }

        if (calls > scenario.Guard.MaxCalls)
        {
            yield return $"{calls} calls are planned and the guard stops after {scenario.Guard.MaxCalls}: the run would end early and exit with 1";
        }

        if (concurrency.Value > scenario.Guard.MaxInFlight)
        {
            yield return Show.Inv($"about {concurrency.Value:0} calls would be in service at once and the guard stops at {scenario.Guard.MaxInFlight}: the run would end early and exit with 1");
        }

        if (spend.Expected is { } expected && scenario.Guard.MaxSpend is { } most && expected >= most.Amount)
        {
            yield return Show.Inv($"the run would spend its {most.Amount:0.00} USD before the schedule ends and exit with 1");
        }
    }

    private static IEnumerable<string> ChecksOf(Scenario scenario, Duration latenessGate)
    {
        yield return Show.Inv($"p99 lateness up to {latenessGate.Milliseconds:0.###} ms (fatal)");
        yield return "every planned call is sent, or the run had a reason to stop (fatal)";
        yield return "the client was not the bottleneck (fatal when it was late too)";
        yield return "lateness does not grow; ends are seen; polling, clocks and samples are exact enough (warnings)";
        foreach (var (name, bound) in new[] { ("p50", scenario.Slo.P50), ("p95", scenario.Slo.P95), ("p99", scenario.Slo.P99) })
        {
            if (bound is { } most)
            {
                yield return $"SLO {name} latency over planned calls up to {Show.Seconds(most.Seconds)}";
            }
        }

        if (scenario.Slo.Goodput is { } share)
        {
            yield return $"SLO goodput of {Show.Share(share)} or more";
        }
    }

    /// <param name="Name">Empty for calls that name none.</param>
    /// <param name="Share">Of all calls.</param>
    internal sealed record MixPart(string Name, int Calls, double Share);

    /// <param name="Variable">Its name; the value is read by nobody here.</param>
    /// <param name="IsSet">Whether it holds anything.</param>
    internal sealed record Secret(string Variable, bool IsSet);

    private sealed class Tally
    {
        private readonly Dictionary<string, int> _counts = [];
        private int _all;

        public void Add(string name)
        {
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
            _all++;
        }

        public IReadOnlyList<MixPart> Parts() =>
            [.. _counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new MixPart(pair.Key, pair.Value, (double)pair.Value / _all))];
    }
}
