using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving.Journal;
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

    /// <summary>Whether it is the first of its replica, or the first after the replica loaded its model again.</summary>
    public bool WarmUp { get; init; }

    /// <summary>When the first and the last of its jobs came into the queue; null where the server did not report it.</summary>
    public Instant? FirstQueued { get; init; }

    public Instant? LastQueued { get; init; }

    /// <summary>Whether its run keeps the encodings of prompts.</summary>
    public bool KeepsText { get; init; }

    /// <summary>Whether the replica had encoded every prompt of it before.</summary>
    public bool Repeated { get; init; }

    /// <summary>Seconds of text encoding that a kept encoding saved; <see cref="Text"/> and <see cref="Whole"/> count them.</summary>
    public double Saved { get; init; }

    public double Whole => (Ended - Started).Seconds + Saved;

    /// <summary>The batches of a run in order of start; the first of each replica and of each of its loads is warm-up.</summary>
    public static IReadOnlyList<MeasuredBatch> Of(RunFolder run, int index)
    {
        var schedule = run.ReadSchedule().ToDictionary(call => call.Index);
        var facts = run.Has(RunFolder.DecisionsName) ? JournalFacts.Of(run.File(RunFolder.DecisionsName)) : null;
        var keeps = facts?.Header.Serving.TextCache.Bytes > 0;
        var loads = (facts?.Loads ?? []).GroupBy(load => load.Replica.Value).ToDictionary(group => group.Key, group => new Queue<Instant>(group.Select(load => load.To).Order()));
        var batches = run.ReadCalls()
            .Where(call => call is { Outcome: Outcome.Completed, Started: not null })
            .GroupBy(call => (call.Replica ?? 0, call.Started!.Value)).Select(group => Of([.. group], index, schedule, keeps))
            .Where(pair => pair.Batch.Ended > pair.Batch.Started)
            .OrderBy(pair => pair.Batch.Started).ThenBy(pair => pair.Batch.Replica);
        var (replicas, encoded) = (new HashSet<int>(), new HashSet<(int Replica, string Prompt)>());
        var all = new List<MeasuredBatch>();
        foreach (var (batch, prompts) in batches)
        {
            var repeated = keeps && prompts.Count > 0 && prompts.All(prompt => encoded.Contains((batch.Replica, prompt)));
            encoded.UnionWith(prompts.Select(prompt => (batch.Replica, prompt)));
            var first = replicas.Add(batch.Replica);
            while (loads.TryGetValue(batch.Replica, out var ends) && ends.TryPeek(out var end) && end <= batch.Started)
            {
                ends.Dequeue();
                first = true;
            }

            all.Add(batch with { WarmUp = first, KeepsText = keeps, Repeated = repeated });
        }

        return all;
    }

    private static (MeasuredBatch Batch, List<string> Prompts) Of(List<CallRecord> calls, int run, Dictionary<int, ScheduledCall> schedule, bool keeps)
    {
        var planned = calls.Select(call => schedule.GetValueOrDefault(call.Call)).ToList();
        var batch = Of(calls[0], run, planned[0] is not { } first || SimulatedWork.IsGuided(first)) with
        {
            FirstQueued = calls.Min(call => call.Queued),
            LastQueued = calls.All(call => call.Queued is not null) ? calls.Max(call => call.Queued) : null,
        };
        var prompts = keeps ? planned.Select(call => call?.PromptHash ?? "").ToList() : [];
        return (batch, prompts.Contains("") ? [] : prompts);
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
