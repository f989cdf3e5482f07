using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.Engine;

/// <summary>
/// Warms the whole path of a call before the clock of a run starts: just-in-time compilation, thread pool, parsing, writing. Short schedules are played against a
/// rehearsal service inside this process, so that the real one is asked for nothing.
/// </summary>
public static class Rehearsal
{
    private const int Rounds = 3;
    private const int Calls = 150;
    private const double PerSecond = 1000;

    /// <summary>The runtime recompiles what was called often 100 ms after the last new method.</summary>
    private static readonly TimeSpan s_recompilation = TimeSpan.FromMilliseconds(150);

    /// <summary>Takes about a second.</summary>
    /// <param name="options">Of the target to be loaded: its protocol, or the one of our own server most like it, is rehearsed.</param>
    public static async Task RunAsync(TargetOptions options, CancellationToken stop = default)
    {
        await using var service = new RehearsalService();
        var protocol = options.Protocol.IsPolled ? TargetProtocol.Videos : options.Protocol == TargetProtocol.Plain ? TargetProtocol.Plain : TargetProtocol.Generations;
        var rehearsed = options with { Protocol = protocol, KeyVariable = null, FetchContent = false };
        await using var target = HttpTarget.Create(rehearsed, service.Url, ClockMap.Shared());
        for (var round = 0; round < Rounds && !stop.IsCancellationRequested; round++)
        {
            await PlayAsync(target, stop).ConfigureAwait(false);
            await Task.Delay(s_recompilation, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async Task PlayAsync(HttpTarget target, CancellationToken stop)
    {
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-rehearsal-{Environment.ProcessId}-{Guid.NewGuid():N}.csv");
        try
        {
            using var calls = new CallsWriter(path);
            using var pacer = new PreciseWaiter(MonotonicClock.StartNow());
            await new LoadEngine(target, pacer, calls, new PlayOptions()).PlayAsync(Schedule(), stop, stop).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Schedule Schedule()
    {
        var calls = Enumerable.Range(0, Calls).Select(i => new ScheduledCall
        {
            Index = i,
            Intended = Instant.FromSeconds(i / PerSecond),
            Model = "rehearsal",
            Width = 160,
            Height = 96,
            Frames = 9,
            Steps = 8,
            Guidance = 5,
            Patience = Duration.FromSeconds(60),
        });
        return new Schedule(Duration.FromSeconds(Calls / PerSecond), [.. calls], [.. Enumerable.Repeat("a rehearsal", Calls)]);
    }
}
