using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.LoadProbe;

/// <summary>An even schedule of plain calls, rehearsed and played.</summary>
internal static class ProbePlay
{
    public static readonly TargetOptions Plain = new() { Kind = TargetKind.Http, Protocol = TargetProtocol.Plain };
    private static readonly Duration s_lead = Duration.FromMilliseconds(500);

    /// <param name="prepare">Told the epoch of the run on the monotonic clock, before it comes.</param>
    /// <param name="wrap">Stands between engine and target.</param>
    public static async Task<(EngineSummary Summary, IReadOnlyList<CallRecord> Rows)> RunAsync(
        Uri url, int count, double perSecond, Func<long, Task>? prepare = null, Func<ITarget, ITarget>? wrap = null)
    {
        await Rehearsal.RunAsync(Plain);
        await using var target = HttpTarget.Create(Plain, url, ClockMap.Shared());
        await target.GreetAsync(8, CancellationToken.None);
        var clock = new MonotonicClock(MonotonicClock.SystemNanoseconds + s_lead.Nanoseconds);
        await (prepare?.Invoke(clock.EpochNanoseconds) ?? Task.CompletedTask);
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-probe-{Guid.NewGuid():N}.csv");
        try
        {
            EngineSummary summary;
            using (var calls = new CallsWriter(path))
            using (var pacer = new PreciseWaiter(clock))
            {
                summary = await new LoadEngine(wrap?.Invoke(target) ?? target, pacer, calls, new PlayOptions()).PlayAsync(Even(count, perSecond));
            }

            return (summary, CallsFile.Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Schedule Even(int count, double perSecond) => new(
        Duration.FromSeconds(count / perSecond),
        [.. Enumerable.Range(0, count).Select(i => new ScheduledCall { Index = i, Intended = Instant.FromSeconds(i / perSecond) })],
        [.. Enumerable.Repeat("", count)]);
}
