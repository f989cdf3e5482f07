using LoadLab.Core;

namespace LoadLab.Engine.Polling;

/// <summary>
/// When to ask a service about its jobs: learns how long each kind takes, and keeps all jobs of the target within its polls per second. One a session, for services that
/// do not hold a request until the job ends. Thread-safe; no thread and no timer of its own.
/// </summary>
internal sealed class PollBook(PollingOptions options, TimeProvider time)
{
    /// <summary>Kinds past this many share what is known.</summary>
    private const int MaxKinds = 64;

    private readonly Dictionary<string, JobKind> _kinds = new(StringComparer.Ordinal);
    private readonly JobKind _others = new();

    public Lock Gate { get; } = new();

    public TimeProvider Time => time;

    public PollBudget Budget { get; } = new(options.MaxRatePerSecond);

    public PollPolicy Policy { get; } = new(options);

    /// <summary>Begins to follow a job.</summary>
    /// <param name="kind">Jobs of one kind take about as long: model, size, frames and steps.</param>
    /// <param name="sent">When the job was sent.</param>
    public JobPolls Follow(string kind, Instant sent)
    {
        lock (Gate)
        {
            return new JobPolls(this, KindOf(kind), sent);
        }
    }

    /// <summary>The pause after a poll that was broken or did not find its job: 0.1 s, 0.4 s, 1.6 s, at most 10 s.</summary>
    /// <param name="faults">In a row, from 1.</param>
    public static Duration AfterFault(int faults) => Duration.FromSeconds(Math.Min(10, 0.025 * Math.Pow(4, Math.Min(faults, 8))));

    private JobKind KindOf(string name)
    {
        if (_kinds.TryGetValue(name, out var kind))
        {
            return kind;
        }

        return _kinds.Count < MaxKinds ? _kinds[name] = new JobKind() : _others;
    }
}
