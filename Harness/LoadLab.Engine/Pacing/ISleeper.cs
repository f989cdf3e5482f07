namespace LoadLab.Engine.Pacing;

/// <summary>One operating system's way to block a thread until a time of its monotonic clock. May wake early or late; the waiter checks.</summary>
internal interface ISleeper : IDisposable
{
    /// <summary>The system call, for the record.</summary>
    string Name { get; }

    void SleepUntil(long systemNanoseconds);
}
