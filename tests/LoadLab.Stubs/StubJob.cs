namespace LoadLab.Stubs;

/// <summary>What a request for a clip said, in the words that all services share; null or empty = it did not say.</summary>
public sealed record StubAsked
{
    public string? Prompt { get; init; }

    public string? Model { get; init; }

    public long? Width { get; init; }

    public long? Height { get; init; }

    public long? Frames { get; init; }

    public long? Steps { get; init; }

    public long? Seed { get; init; }

    public double? Guidance { get; init; }

    /// <summary>Fields that the service's documentation does not have and that the service ignores.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}

public enum StubState
{
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>One job: all its times are known when it is submitted. Times are nanoseconds of the system's monotonic clock.</summary>
public sealed class StubJob
{
    private long _cancelledNs = long.MaxValue;
    private long _toldNs = long.MaxValue;

    /// <summary>From 1, in the order of submission.</summary>
    public required int Number { get; init; }

    public required string Id { get; init; }

    public required StubAsked Asked { get; init; }

    public required long SubmittedNs { get; init; }

    public required long StartsNs { get; init; }

    public required long EndsNs { get; init; }

    /// <summary>Wall-clock time of submission, from which the service's own times are told.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>Why it will fail; null = it will not.</summary>
    public string? FailsWith { get; init; }

    /// <summary>When the client asked for its end, whether or not that was in time.</summary>
    public long? CancelAskedNs { get; private set; }

    /// <summary>When a client was first told of the end; null until then.</summary>
    public long? ToldNs => Volatile.Read(ref _toldNs) is var told && told == long.MaxValue ? null : told;

    public DateTimeOffset StartsAt => At(StartsNs);

    public DateTimeOffset EndsAt => At(EndsNs);

    public StubState StateAt(long now) =>
        Volatile.Read(ref _cancelledNs) <= now ? StubState.Cancelled
        : now < StartsNs ? StubState.Queued
        : now < EndsNs ? StubState.Running
        : FailsWith is null ? StubState.Done : StubState.Failed;

    /// <summary>Percent of the way.</summary>
    public int ProgressAt(long now) => now >= EndsNs ? 100 : now <= StartsNs ? 0 : (int)(100 * (now - StartsNs) / (EndsNs - StartsNs));

    /// <summary>Cancels a job that has not ended. Returns what it was before.</summary>
    internal StubState Cancel(long now)
    {
        var state = StateAt(now);
        CancelAskedNs ??= now;
        if (state is StubState.Queued or StubState.Running)
        {
            Volatile.Write(ref _cancelledNs, now);
        }

        return state;
    }

    internal void Told(long now) => Interlocked.CompareExchange(ref _toldNs, now, long.MaxValue);

    private DateTimeOffset At(long ns) => SubmittedAt.AddTicks((ns - SubmittedNs) / 100);
}
