namespace LoadLab.Engine.Pacing;

/// <summary>
/// The dedicated thread that sends the load, above normal priority where the system allows it. It sleeps nearly always and works for microseconds, so it takes
/// nothing from others; without the priority a busy machine makes it wait whole time slices of other threads.
/// </summary>
internal static class DispatchThread
{
    private const int LinuxNice = -10;

    /// <summary>Runs the body on a new thread; the task ends when it returns, with the priority the thread had, or fails with what it threw.</summary>
    public static Task<string> Run(Action body)
    {
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var priority = Raise();
                body();
                done.SetResult(priority);
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

    /// <summary>.NET does not map thread priorities on Linux. Each way there needs a right that may be missing.</summary>
    private static string Raise()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "above normal";
        }

        // Sending may grow the thread pool: its threads must not inherit this one's privilege.
        if (LinuxNative.SchedSetScheduler(0, LinuxNative.ScheduleRoundRobin | LinuxNative.ScheduleResetOnFork, 1) == 0)
        {
            return "SCHED_RR";
        }

        return LinuxNative.SchedSetScheduler(0, LinuxNative.ScheduleOther | LinuxNative.ScheduleResetOnFork, 0) == 0
            && LinuxNative.SetPriority(LinuxNative.PriorityProcess, 0, LinuxNice) == 0 ? $"nice {LinuxNice}" : "normal";
    }
}
