using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Design;

/// <summary>What a scenario is asked: its p95 and its work, as a function of the profile, with the same arrivals and draws every time.</summary>
/// <param name="schedules">Draws of the scenario's arrivals; at least one.</param>
/// <param name="fleet">Its fleet.</param>
/// <param name="serving">Its server.</param>
/// <param name="autoscaler">Its scaling rule.</param>
/// <param name="seed">Of the service times.</param>
public sealed class ScenarioFigures(IReadOnlyList<Schedule> schedules, FleetOptions fleet, ServingOptions serving, AutoscalerOptions autoscaler, Seed seed)
{
    private const int MostCalls = 3000;

    private readonly List<Schedule> _schedules = [.. schedules.Select(Busiest)];

    public int MaxBatch => Math.Max(1, serving.Batching.Kind == Serving.Batching.BatchingKind.None ? 1 : serving.Batching.MaxBatch);

    /// <summary>Every shape of the schedules as the profile is asked for it.</summary>
    public IReadOnlyList<(string Model, Shape Shape)> Shapes { get; } =
    [
        .. schedules.SelectMany(schedule => schedule.Calls).Select(call => StandIn(fleet, call.Model, SimulatedWork.ShapeOf(call))).Distinct()
            .OrderBy(pair => pair.Item1, StringComparer.Ordinal).ThenBy(pair => pair.Item2.Units).ThenBy(pair => pair.Item2.ToString(), StringComparer.Ordinal),
    ];

    /// <summary>Throws <see cref="InputException"/> for a profile that lacks a shape or a batch that comes up.</summary>
    public Figures Of(ServiceProfile profile)
    {
        var results = _schedules.Select((schedule, number) => FleetSimulation.Run(schedule, profile, fleet, serving, autoscaler, seed.Derive(number))).ToList();
        var latencies = results.Select(result => result.Calls.Select(call => call.Latency?.Seconds ?? double.PositiveInfinity).Order().ToList()).ToList();
        var batches = results.SelectMany((result, number) => result.Calls.Where(call => call is { Outcome: Outcome.Completed, Started: not null }).GroupBy(call => call.Batch).Select(group => group.First())
            .Select(call => (Cell: CellOf(_schedules[number], call), Seconds: ((call.DecodeEnd ?? call.Completed!.Value) - call.Started!.Value).Seconds))).ToList();
        return new Figures
        {
            P95 = latencies.Average(sorted => Percentile.OfSorted(sorted, 0.95)),
            SmoothP95 = latencies.Average(sorted => Middle(sorted)),
            WorkPerCall = batches.Sum(batch => batch.Seconds) / results.Sum(result => result.Calls.Count),
            Work = batches.GroupBy(batch => batch.Cell).ToDictionary(group => group.Key, group => group.Sum(batch => batch.Seconds)),
        };
    }

    private DesignCell CellOf(Schedule schedule, CallRecord call)
    {
        var asked = SimulatedWork.ShapeOf(schedule.Calls[call.Call]);
        var (model, shape) = StandIn(fleet, call.ServedModel.Length > 0 ? call.ServedModel : call.Model, asked);
        return new DesignCell(model, shape, call.BatchSize ?? 1);
    }

    /// <summary>The mean from the 92.5th to the 97.5th percentile: it moves smoothly where the percentile itself jumps from call to call.</summary>
    private static double Middle(List<double> sorted)
    {
        var (from, to) = ((int)(sorted.Count * 0.925), Math.Max((int)(sorted.Count * 0.925) + 1, (int)(sorted.Count * 0.975)));
        return sorted[from..Math.Min(to, sorted.Count)].Average();
    }

    /// <summary>Of a long schedule the stretch of that many calls that is the shortest: percentiles are made in the peak.</summary>
    private static Schedule Busiest(Schedule schedule)
    {
        if (schedule.Calls.Count <= MostCalls || schedule.ClosedUsers is not null)
        {
            return schedule;
        }

        var first = Enumerable.Range(0, schedule.Calls.Count - MostCalls).MinBy(index => (schedule.IntendedOf(index + MostCalls - 1) - schedule.IntendedOf(index)).Nanoseconds);
        var start = schedule.IntendedOf(first) - Instant.Zero;
        var calls = Enumerable.Range(first, MostCalls).Select((index, number) => schedule.Calls[index] with { Index = number, Intended = schedule.IntendedOf(index) - start }).ToList();
        return new Schedule(calls[^1].Intended - Instant.Zero + new Duration(1), calls, [.. calls.Select(_ => "")]);
    }

    private static (string Model, Shape Shape) StandIn(FleetOptions fleet, string model, Shape shape) =>
        fleet.StandIns.FirstOrDefault(standIn => standIn.Covers(model, shape)) is { } standIn ? (standIn.Model, standIn.Shape) : (model, shape);
}

/// <summary>What a profile makes of a scenario.</summary>
public sealed record Figures
{
    /// <summary>Seconds; infinite when more than 5 % of the calls did not complete.</summary>
    public required double P95 { get; init; }

    /// <summary>The mean of the latencies about the p95.</summary>
    public required double SmoothP95 { get; init; }

    /// <summary>Seconds of a replica's work for a planned call: what a call costs where time is what is paid for.</summary>
    public required double WorkPerCall { get; init; }

    /// <summary>Seconds of work by cell.</summary>
    public required IReadOnlyDictionary<DesignCell, double> Work { get; init; }
}
