namespace LoadLab.Engine.Pacing;

/// <summary>The dedicated thread that sends the load, above normal priority where the system allows it.</summary>
internal static class DispatchThread
{
    /// <summary>.NET does not map thread priorities on Linux; a lower nice value does it there and needs a right that may be missing.</summary>
    private const int LinuxNice = -10;

    /// <summary>Runs the body on a new thread; the task ends when it returns, or fails with what it threw.</summary>
    public static Task Run(Action body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Raise();
                body();
                done.SetResult();
            }
#pragma warning disable CA1031 // Whatever it is, it must reach whoever awaits, not end the process from this thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "loadlab dispatch",
            Priority = ThreadPriority.AboveNormal,
        };
        thread.Start();
        return done.Task;
    }

    private static void Raise()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = LinuxNative.SetPriority(LinuxNative.PriorityProcess, 0, LinuxNice);
        }
    }
}
