using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>One batch of a recorded run that ended well; seconds. Stages are null where the server did not report them.</summary>
internal sealed record MeasuredBatch
{
    /// <summary>Index of the run.</summary>
    public required int Run { get; init; }

    public required int Replica { get; init; }

    public required Instant Started { get; init; }

    public required Instant Ended { get; init; }

    public required string Model { get; init; }

    public required Shape Shape { get; init; }

    /// <summary>Jobs in it.</summary>
    public required int Size { get; init; }

    public double? Text { get; init; }

    public double? Denoise { get; init; }

    public double? Decode { get; init; }

    public bool WarmUp { get; init; }

    public double Whole => (Ended - Started).Seconds;

    /// <summary>The batches of a run in order of start; the first of each replica is warm-up.</summary>
    public static IReadOnlyList<MeasuredBatch> Of(RunFolder run, int index)
    {
        var guided = run.ReadSchedule().ToDictionary(call => call.Index, SimulatedWork.IsGuided);
        var batches = run.ReadCalls()
            .Where(call => call is { Outcome: Outcome.Completed, Started: not null })
            .Select(call => Of(call, index, guided.GetValueOrDefault(call.Call, true)))
            .Where(batch => batch.Ended > batch.Started)
            .GroupBy(batch => (batch.Replica, batch.Started)).Select(group => group.First())
            .OrderBy(batch => batch.Started).ThenBy(batch => batch.Replica);
        var seen = new HashSet<int>();
        return [.. batches.Select(batch => batch with { WarmUp = seen.Add(batch.Replica) })];
    }

    private static MeasuredBatch Of(CallRecord call, int run, bool guided) => new()
    {
        Run = run,
        Replica = call.Replica ?? 0,
        Started = call.Started!.Value,
        Ended = call.DecodeEnd ?? call.Completed!.Value,
        Model = call.ServedModel.Length > 0 ? call.ServedModel : call.Model,
        Shape = new Shape(call.Width, call.Height, call.Frames, call.Steps, guided),
        Size = call.BatchSize ?? 1,
        Text = (call.TextEnd - call.Started)?.Seconds,
        Denoise = (call.DenoiseEnd - call.TextEnd)?.Seconds,
        Decode = (call.DecodeEnd - call.DenoiseEnd)?.Seconds,
    };
}
