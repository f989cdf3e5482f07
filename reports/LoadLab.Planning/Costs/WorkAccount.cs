using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Journal;

namespace LoadLab.Planning;

/// <summary>
/// What the replicas' busy time was for, and whose jobs it was spent on. A batch's time counts in equal parts to the jobs it started with, to the nanosecond; each
/// attempt of a job counts by itself, and the stages of a pipelined batch together.
/// </summary>
public sealed record WorkAccount
{
    /// <summary>Replica time by <see cref="WorkUse"/>, in its order.</summary>
    public required IReadOnlyList<Duration> ByUse { get; init; }

    /// <summary>Replica time by tenant; empty for jobs without one.</summary>
    public required IReadOnlyDictionary<string, Duration> ByTenant { get; init; }

    /// <summary>What says so, in words.</summary>
    public required string From { get; init; }

    /// <summary>Of a journal, up to its last line.</summary>
    public static WorkAccount OfJournal(string path)
    {
        using var reader = JournalReader.Open(path);
        var book = new WorkBook();
        var last = new Instant(long.MinValue);
        foreach (var entry in reader.Entries())
        {
            last = entry.Now;
            if (entry.Event is { } e)
            {
                book.Add(entry.Now, e);
            }
            else
            {
                book.Add(entry.Now, entry.Decision!);
            }
        }

        return book.Close(last);
    }

    /// <summary>Of the calls alone: from start to end over the batch's size, the last attempt of a retried call. For a run whose serving core kept no journal.</summary>
    public static WorkAccount OfCalls(IReadOnlyList<CallRecord> calls)
    {
        var uses = new Duration[Enum.GetValues<WorkUse>().Length];
        var tenants = new Dictionary<string, Duration>(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            var own = Own(call);
            uses[(int)UseOf(call.Outcome)] += own;
            tenants[call.Tenant] = tenants.GetValueOrDefault(call.Tenant) + own;
        }

        return new WorkAccount { ByUse = uses, ByTenant = tenants, From = "the calls' own times, the last attempt of each" };
    }

    private static Duration Own(CallRecord call) =>
        call.Started is { } start && (call.DecodeEnd ?? call.Completed ?? call.Polled) is { } end && end > start
            ? new Duration((end - start).Nanoseconds / Math.Max(1, call.BatchSize ?? 1))
            : Duration.Zero;

    private static WorkUse UseOf(Outcome outcome) => outcome switch
    {
        Outcome.Completed => WorkUse.Completed,
        Outcome.Rejected => WorkUse.Refused,
        Outcome.Failed => WorkUse.Failed,
        Outcome.Unfinished => WorkUse.Unfinished,
        _ => WorkUse.Abandoned,
    };
}
