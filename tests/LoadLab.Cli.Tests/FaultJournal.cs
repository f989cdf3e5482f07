using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Journal;

namespace LoadLab.Cli.Tests;

/// <summary>A journal as far as it is written, of a server that may still run, and the laws that no fault breaks.</summary>
internal sealed class FaultJournal
{
    private FaultJournal(string file, IReadOnlyList<JournalEntry> entries, string header) => (File, Entries, Header) = (file, entries, header);

    public string File { get; }

    public IReadOnlyList<JournalEntry> Entries { get; }

    /// <summary>Line 1: the rules.</summary>
    public string Header { get; }

    /// <summary>Jobs of which the core was told.</summary>
    public IReadOnlyList<JobView> Arrived => [.. Events<ServingEvent.Arrived>().Select(arrived => arrived.Job)];

    /// <summary>Jobs that wait for a replica or are on one: told of, and not ended.</summary>
    public IReadOnlyList<JobId> Open
    {
        get
        {
            var ended = Ends().ToHashSet();
            return [.. Arrived.Select(job => job.Id).Where(job => !ended.Contains(job))];
        }
    }

    /// <summary>Jobs that never started, of those that are open.</summary>
    public int Waiting
    {
        get
        {
            var started = StartsByJob().Keys.ToHashSet();
            return Open.Count(job => !started.Contains(job));
        }
    }

    public static FaultJournal Read(string file)
    {
        using var reader = JournalReader.Open(file);
        return new FaultJournal(file, [.. reader.Entries()], System.Text.Encoding.UTF8.GetString(reader.HeaderText.Span));
    }

    public IEnumerable<T> Decisions<T>()
        where T : Decision => Entries.Select(entry => entry.Decision).OfType<T>();

    public IEnumerable<T> Events<T>()
        where T : ServingEvent => Entries.Select(entry => entry.Event).OfType<T>();

    /// <summary>Decisions of a kind with a reason.</summary>
    public int Count<T>(string reason)
        where T : Decision => Decisions<T>().Count(decision => decision.Reason == reason);

    /// <summary>Events of a kind with their instants.</summary>
    public IEnumerable<(Instant Now, T Event)> Timed<T>()
        where T : ServingEvent => Entries.Where(entry => entry.Event is T).Select(entry => (entry.Now, (T)entry.Event!));

    /// <summary>Starts of whole jobs or of their first stage.</summary>
    public Dictionary<JobId, int> StartsByJob() => Decisions<Decision.Start>()
        .Where(start => start.Stage is Stage.Whole or Stage.Text)
        .SelectMany(start => start.Jobs)
        .GroupBy(job => job)
        .ToDictionary(job => job.Key, job => job.Count());

    /// <summary>Every job has exactly one end and at most 1 + retries starts, no policy broke, and a replay decides the same byte for byte.</summary>
    public FaultJournal HoldsLaws(int retries)
    {
        Assert.Empty(Open);
        Assert.Equal(Arrived.Select(job => job.Id).Order(Comparer<JobId>.Create((a, b) => a.Value.CompareTo(b.Value))), Ends().OrderBy(job => job.Value));
        Assert.All(StartsByJob(), job => Assert.InRange(job.Value, 1, 1 + retries));
        Assert.Empty(Decisions<Decision.PolicyFault>());
        var replay = JournalReplay.Verify(File);
        Assert.True(replay.Identical, $"line {replay.FirstDifferenceLine}\n{replay.Expected}\n{replay.Actual}");
        Assert.Equal((Decisions<Decision>().Count(), 0), (replay.Decisions, replay.Missing));
        return this;
    }

    public override string ToString()
    {
        var starts = StartsByJob();
        var retries = string.Join(", ", Decisions<Decision.Retry>().GroupBy(retry => retry.Reason).Select(group => $"{group.Count()} {group.Key}"));
        return $"{Arrived.Count} jobs: {Decisions<Decision.Finish>().Count()} finished, {Decisions<Decision.Fail>().Count()} failed, {Decisions<Decision.Reject>().Count()} rejected, "
            + $"{Decisions<Decision.Refuse>().Count()} refused, {Decisions<Decision.Drop>().Count()} given up; {starts.Values.Sum()} starts, at most {starts.Values.DefaultIfEmpty().Max()} of one job; "
            + $"retries: {(retries.Length > 0 ? retries : "none")}; {Events<ServingEvent.ReplicaLost>().Count()} replicas lost";
    }

    private IEnumerable<JobId> Ends()
    {
        foreach (var decision in Decisions<Decision>())
        {
            JobId? job = decision switch
            {
                Decision.Finish finish => finish.Job,
                Decision.Fail fail => fail.Job,
                Decision.Reject reject => reject.Job,
                Decision.Refuse refuse => refuse.Job,
                Decision.Drop drop => drop.Job,
                _ => null,
            };
            if (job is { } id)
            {
                yield return id;
            }
        }
    }
}
