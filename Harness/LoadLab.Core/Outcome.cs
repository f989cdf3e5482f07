namespace LoadLab.Core;

/// <summary>How a planned call ended; every planned call has exactly one.</summary>
public enum Outcome
{
    /// <summary>The service finished generating.</summary>
    Completed,

    /// <summary>Refused by the service; the reason says which: 429, quota, expired in queue, overload, content.</summary>
    Rejected,

    /// <summary>A client's limit passed.</summary>
    TimedOut,

    /// <summary>Terminal error or dead letter.</summary>
    Failed,

    /// <summary>Cancelled by the client, patience over.</summary>
    Abandoned,

    /// <summary>No terminal row when the run ended, however it ended.</summary>
    Unfinished,
}

/// <summary>What stands behind a recorded time.</summary>
public enum Evidence
{
    /// <summary>A real model did real work on the device named.</summary>
    Real,

    /// <summary>A replica slept a profile's time.</summary>
    Emulated,

    /// <summary>Virtual time.</summary>
    Simulated,
}

/// <summary>The lower-case words of files and pages.</summary>
public static class Words
{
    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Completed => "completed",
        Outcome.Rejected => "rejected",
        Outcome.TimedOut => "timedout",
        Outcome.Failed => "failed",
        Outcome.Abandoned => "abandoned",
        _ => "unfinished",
    };

    public static string Of(Evidence evidence) => evidence switch
    {
        Evidence.Real => "real",
        Evidence.Emulated => "emulated",
        _ => "simulated",
    };

    public static Outcome? OutcomeOf(string word) => word switch
    {
        "completed" => Outcome.Completed,
        "rejected" => Outcome.Rejected,
        "timedout" => Outcome.TimedOut,
        "failed" => Outcome.Failed,
        "abandoned" => Outcome.Abandoned,
        "unfinished" => Outcome.Unfinished,
        _ => null,
    };
}
