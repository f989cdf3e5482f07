namespace LoadLab.Core.Runs;

/// <summary>One row of calls.csv: what became of one planned call. All instants are on the run's clock; absent when that stage was not reached or not reported.</summary>
public sealed record CallRecord
{
    public required int Call { get; init; }

    public required Instant Intended { get; init; }

    /// <summary>Just before the send call.</summary>
    public Instant? Sent { get; init; }

    /// <summary>Connection ready; absent when a pooled connection was used.</summary>
    public Instant? Connected { get; init; }

    public Instant? Accepted { get; init; }

    public Instant? Queued { get; init; }

    public Instant? Started { get; init; }

    public Instant? TextEnd { get; init; }

    public Instant? DenoiseEnd { get; init; }

    public Instant? DecodeEnd { get; init; }

    /// <summary>The server finished generating; for blocking and plain targets the end of the response.</summary>
    public Instant? Completed { get; init; }

    /// <summary>When the client learnt of the end.</summary>
    public Instant? Polled { get; init; }

    /// <summary>Upper bound of the error of <see cref="Completed"/> from polling; zero when the server reports its own clock.</summary>
    public Duration? PollError { get; init; }

    /// <summary>Sent - intended.</summary>
    public Duration? Lateness => Sent - Intended;

    public string Tenant { get; init; } = "";

    public string Tier { get; init; } = "";

    public string Model { get; init; } = "";

    public string ServedModel { get; init; } = "";

    public int Width { get; init; }

    public int Height { get; init; }

    public int Frames { get; init; }

    public int Steps { get; init; }

    public Duration? Deadline { get; init; }

    public int? Batch { get; init; }

    public int? BatchSize { get; init; }

    public int? Replica { get; init; }

    public int Attempts { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>Why, for every outcome but completed: a short code such as 429, expired, connection-refused.</summary>
    public string Reason { get; init; } = "";

    public long? Bytes { get; init; }

    /// <summary>Completed - intended, the latency every statistic uses; null unless completed.</summary>
    public Duration? Latency => Outcome == Outcome.Completed && Completed is { } end ? end - Intended : null;

    /// <summary>The row of a planned call that has no terminal row.</summary>
    public static CallRecord Unfinished(ScheduledCall call) => Of(call, Outcome.Unfinished, "run-ended");

    /// <summary>A row with the planned columns filled in.</summary>
    public static CallRecord Of(ScheduledCall call, Outcome outcome, string reason = "") => new()
    {
        Call = call.Index,
        Intended = call.Intended,
        Tenant = call.Tenant,
        Tier = call.Tier,
        Model = call.Model,
        Width = call.Width,
        Height = call.Height,
        Frames = call.Frames,
        Steps = call.Steps,
        Deadline = call.Deadline,
        Outcome = outcome,
        Reason = reason,
    };
}
