using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;
using NBomber.CSharp;

namespace LoadLab.Engine.NBomber;

/// <summary>
/// Plays a schedule with NBomber: the dispatch thread waits for each intended time, and a copy of NBomber's scenario sends the call then. Books, guards, drain and stop are
/// those of <see cref="LoadEngine"/>, so a run's rows mean the same whichever engine played it; NBomber measures beside them and writes reports of its own.
/// </summary>
public sealed class NBomberEngine(ITarget target, IPacer pacer, CallsWriter calls, PlayOptions play, NBomberOptions options) : ILoadEngine
{
    /// <summary>NBomber waits a minute for copies that do not end; then it gives up by itself.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    /// <summary>Beyond the schedule and its drain, so that NBomber's own time is never what ends a run.</summary>
    private static readonly Duration s_margin = Duration.FromSeconds(600);

    private LoadEngine? _engine;

    /// <summary>Major, minor and patch number of the NBomber in use.</summary>
    public static string Version => typeof(Scenario).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <inheritdoc/>
    public PlaySnapshot Snapshot() => _engine?.Snapshot() ?? new PlaySnapshot { Now = pacer.Now, Planned = 0, Sent = 0, Completed = 0 };

    /// <summary>What to know of NBomber when the calls are over: calls that waited for a copy, reports that may be missing. Null when nothing.</summary>
    public string? Trouble { get; private set; }

    /// <inheritdoc/>
    public async Task<EngineSummary> PlayAsync(Schedule schedule, CancellationToken stop = default, CancellationToken abort = default)
    {
        var copies = Math.Min(schedule.Calls.Count, Math.Min(options.MostCopies, play.Guard.MaxInFlight ?? options.UsualCopies));
        var pool = new CopyPool(copies);
        _engine = new LoadEngine(new RelayTarget(target, pool), pacer, calls, play);
        if (copies == 0)
        {
            return await _engine.PlayAsync(schedule, stop, abort).ConfigureAwait(false);
        }

        // NBomber prints to the console; stdout is for the results of this program.
        var stdout = Console.Out;
        Console.SetOut(Console.Error);
        var session = new NBomberSession(pool, pacer, options);
        var longest = schedule.Length + play.Guard.Drain.Max + s_margin;
        var running = Task.Factory.StartNew(() => session.Run(copies, longest), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            var failing = FailWithAsync(running, pool);
            await Task.WhenAny(pool.Ready, failing, Task.Delay(Timeout.Infinite, stop)).ConfigureAwait(false);
            if (failing.IsCompleted)
            {
                throw await failing.ConfigureAwait(false);
            }

            var summary = await _engine.PlayAsync(schedule, stop, abort).ConfigureAwait(false);
            return summary with { Sent = pool.Started, Quality = summary.Quality with { Sent = pool.Started } };
        }
        finally
        {
            session.Stop();
            pool.End();
            Trouble = await EndOfAsync(running).ConfigureAwait(false)
                ?? (pool.Waited > 0 ? $"{pool.Waited} calls waited for one of NBomber's {copies} copies; guard.maxInFlight says how many there are" : null);
            Console.SetOut(stdout);
        }
    }

    /// <summary>When NBomber ends before its schedule, its copies are gone and calls can go nowhere.</summary>
    private static async Task<LoadEngineException> FailWithAsync(Task running, CopyPool pool)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var failure = new LoadEngineException(MessageOf(running) ?? "NBomber ended before the schedule did", running.Exception);
        pool.Fail(failure);
        return failure;
    }

    private static async Task<string?> EndOfAsync(Task running)
    {
        try
        {
            await running.WaitAsync(s_patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (TimeoutException)
        {
        }

        return running.IsCompleted ? MessageOf(running) : $"NBomber did not end within {s_patience.TotalSeconds:0} s; its reports are missing";
    }

    /// <summary>One line; null when NBomber did not fail.</summary>
    private static string? MessageOf(Task running) => running.Exception?.InnerException is { } e ? $"NBomber failed: {e.Message.Split('\n')[0].TrimEnd()}" : null;
}
