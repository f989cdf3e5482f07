namespace LoadLab.Engine.NBomber;

/// <summary>What NBomber is told beside the schedule.</summary>
public sealed record NBomberOptions
{
    /// <summary>For NBomber's files alone: it deletes what is there.</summary>
    public required string ReportFolder { get; init; }

    public string TestName { get; init; } = "LoadLab";

    /// <summary>Copies where the guard sets no largest number of calls in flight. Copies that wait cost memory that moves through the collector: many of them make calls late.</summary>
    public int UsualCopies { get; init; } = 500;

    /// <summary>Copies at most: calls in flight beyond them wait for a free copy and are late.</summary>
    public int MostCopies { get; init; } = 10_000;

    /// <summary>A licence key, where the user has one; read it from the environment, never from a file of a run.</summary>
    public string? License { get; init; }
}
