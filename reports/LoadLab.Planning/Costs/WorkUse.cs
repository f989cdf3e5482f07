namespace LoadLab.Planning;

/// <summary>What busy time was for.</summary>
public enum WorkUse
{
    /// <summary>The attempt that a completed call was made in.</summary>
    Completed,

    /// <summary>Work that was done and then refused: its content, after it ran.</summary>
    Refused,

    /// <summary>Attempts that failed, tried again or not.</summary>
    Failed,

    /// <summary>The client gave up while it ran.</summary>
    Abandoned,

    /// <summary>Still on its way when the run ended.</summary>
    Unfinished,
}
