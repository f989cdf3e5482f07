namespace LoadLab.Engine.NBomber;

/// <summary>What NBomber is told beside the schedule.</summary>
public sealed record NBomberOptions
{
    /// <summary>For NBomber's files alone: it deletes what is there.</summary>
    public required string ReportFolder { get; init; }

    public string TestName { get; init; } = "LoadLab";

    /// <summary>Copies at most: calls in flight beyond them wait for a free copy and are late.</summary>
    public int MostCopies { get; init; } = 5000;

    /// <summary>A licence key, where the user has one; read it from the environment, never from a file of a run.</summary>
    public string? License { get; init; }
}
