using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.Engine.Tests;

/// <summary>Plays schedules in tests and reads back what was written.</summary>
internal static class TestPlay
{
    public static Schedule Even(int count, double perSecond, Func<ScheduledCall, ScheduledCall>? change = null) => new(
        Duration.FromSeconds(count / perSecond),
        [
            .. Enumerable.Range(0, count)
                .Select(i => new ScheduledCall { Index = i, Intended = Instant.FromSeconds(i / perSecond), Width = 160, Height = 96, Frames = 9, Steps = 8, CallSeed = i })
                .Select(call => change?.Invoke(call) ?? call),
        ],
        [.. Enumerable.Range(0, count).Select(i => $"prompt {i}")]);

    /// <summary>Against a service, on the real clock.</summary>
    public static async Task<(EngineSummary Summary, IReadOnlyList<CallRecord> Rows)> HttpAsync(
        Uri url, Schedule schedule, TargetOptions options, PlayOptions? play = null, TimeProvider? time = null, CancellationToken stop = default, CancellationToken abort = default)
    {
        await using var target = HttpTarget.Create(options, url, ClockMap.Shared(), time);
        using var pacer = new PreciseWaiter(MonotonicClock.StartNow());
        return await PlayAsync(schedule, target, pacer, play ?? new PlayOptions(), stop, abort);
    }

    public static async Task<(EngineSummary Summary, IReadOnlyList<CallRecord> Rows)> PlayAsync(
        Schedule schedule, ITarget target, IPacer pacer, PlayOptions options, CancellationToken stop = default, CancellationToken abort = default)
    {
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-{Guid.NewGuid():N}.csv");
        try
        {
            EngineSummary summary;
            using (var calls = new CallsWriter(path))
            {
                summary = await new LoadEngine(target, pacer, calls, options).PlayAsync(schedule, stop, abort);
            }

            IReadOnlyList<CallRecord> rows = [.. CallsFile.Read(path).OrderBy(row => row.Call)];
            Conserved(schedule, summary, rows);
            return (summary, rows);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>planned = completed + rejected + timedout + failed + abandoned + unfinished, in the summary and, row by row, in the file.</summary>
    private static void Conserved(Schedule schedule, EngineSummary summary, IReadOnlyList<CallRecord> rows)
    {
        Assert.Equal(schedule.Calls.Count, summary.Planned);
        Assert.Equal(schedule.Calls.Count, summary.Outcomes.Values.Sum());
        Assert.Equal(schedule.Calls.Select(call => (call.Index, call.Intended)), rows.Select(row => (row.Call, row.Intended)));
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.Equal(summary.Count(outcome), rows.Count(row => row.Outcome == outcome)));
        Assert.Equal(summary.Sent, rows.Count(row => row.Sent is not null));
    }
}
