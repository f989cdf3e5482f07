using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.Engine.Tests;

/// <summary>Users who wait for each answer: the engine starts their calls, never more than there are users at once.</summary>
public class ClosedLoopTests
{
    private static readonly Duration s_service = Duration.FromMilliseconds(30);

    [Fact]
    public async Task Each_call_starts_a_think_time_after_an_end_and_never_more_users_are_in_flight()
    {
        var target = new SlowTarget(s_service.ToTimeSpan(), together: 3);
        var (summary, rows) = await PlayAsync(Loop(users: 3, calls: 30, think: Duration.FromMilliseconds(5)), target);
        Assert.Equal(30, summary.Count(Outcome.Completed));
        Assert.True(target.Most <= 3, $"{target.Most} calls were in flight");
        Assert.Equal(3, target.Most);
        Assert.All(rows.Take(3), row => Assert.Equal(Instant.Zero, row.Intended));

        // Every later start is the end of an earlier call as learnt, plus its think time: the first free user goes first.
        var ends = rows.Select(row => row.Completed!.Value).Order().ToList();
        Assert.All(rows.Skip(3), (row, i) => Assert.True(row.Intended >= ends[i] + Duration.FromMilliseconds(5), $"call {row.Call} came before a user was free"));
        Assert.Equal(rows.Select(row => row.Intended).Order(), rows.Select(row => row.Intended));
    }

    [Fact]
    public async Task Length_ends_the_loop_and_calls_that_never_came_due_are_not_planned()
    {
        var schedule = Loop(users: 2, calls: 1000, think: Duration.Zero, length: Duration.FromMilliseconds(200));
        var (summary, rows) = await PlayAsync(schedule, new SlowTarget(s_service.ToTimeSpan()));
        Assert.InRange(summary.Planned, 2, 100);
        Assert.Equal(summary.Planned, rows.Count);
        Assert.Equal(summary.Planned, summary.Count(Outcome.Completed));
        Assert.Null(summary.StopReason);
        Assert.All(rows, row => Assert.True(row.Intended < Instant.Zero + schedule.Length));
    }

    [Fact]
    public async Task Users_who_think_past_the_end_do_not_keep_the_run_open()
    {
        var (summary, _) = await PlayAsync(Loop(users: 2, calls: 10, think: Duration.FromSeconds(3600), length: Duration.FromSeconds(1800)), new SlowTarget(TimeSpan.FromMilliseconds(1)));
        Assert.Equal(2, summary.Planned);
        Assert.Equal(2, summary.Count(Outcome.Completed));
    }

    [Fact]
    public async Task Interrupted_loop_keeps_its_books()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(150));
        var (summary, rows) = await PlayAsync(Loop(users: 4, calls: 10_000, think: Duration.Zero), new SlowTarget(s_service.ToTimeSpan()), stop.Token);
        Assert.Equal("interrupted", summary.StopReason);
        Assert.Equal(summary.Planned, rows.Count);
        Assert.Equal(summary.Planned, summary.Outcomes.Values.Sum());
        Assert.True(summary.Planned < 10_000);
    }

    private static Schedule Loop(int users, int calls, Duration think, Duration? length = null) => Scheduler.Build(
        new WorkloadOptions
        {
            Name = "loop",
            Length = length ?? Duration.FromSeconds(3600),
            Closed = new ClosedLoop { Users = users, Calls = calls, Think = new ThinkTime.Constant(think), Length = length },
        },
        new TargetDefaults("m"));

    private static async Task<(EngineSummary Summary, IReadOnlyList<CallRecord> Rows)> PlayAsync(Schedule schedule, ITarget target, CancellationToken stop = default)
    {
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-{Guid.NewGuid():N}.csv");
        try
        {
            EngineSummary summary;
            using (var calls = new CallsWriter(path))
            using (var pacer = new Pacing.PreciseWaiter(MonotonicClock.StartNow()))
            {
                summary = await new LoadEngine(target, pacer, calls, new PlayOptions()).PlayAsync(schedule, stop);
            }

            return (summary, [.. CallsFile.Read(path).OrderBy(row => row.Call)]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Serves every call after the same time and counts how many it had at once; the first wait until so many are there together.</summary>
    private sealed class SlowTarget(TimeSpan service, int together = 0) : ITarget
    {
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _now;
        private int _most;

        public int Most => _most;

        public ITargetCall Prepare(ScheduledCall call, string prompt, Pacing.IRunClock clock) => new Call(this, call, clock);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private sealed class Call(SlowTarget target, ScheduledCall call, Pacing.IRunClock clock) : ITargetCall
        {
            public Instant? Sent { get; private set; }

            public async Task<CallRecord> SendAsync(RunStop stop)
            {
                Sent = clock.Now;
                var now = Interlocked.Increment(ref target._now);
                InterlockedMax(ref target._most, now);
                await target.MeetAsync(now);
                await Task.Delay(target.Service);
                Interlocked.Decrement(ref target._now);
                return CallRecord.Of(call, Outcome.Completed) with { Sent = Sent, Completed = clock.Now };
            }
        }

        private TimeSpan Service => service;

        private Task MeetAsync(int now)
        {
            if (now >= together)
            {
                _met.TrySetResult();
            }

            return _met.Task;
        }

        private static void InterlockedMax(ref int place, int value)
        {
            for (var seen = Volatile.Read(ref place); value > seen && Interlocked.CompareExchange(ref place, value, seen) != seen; seen = Volatile.Read(ref place))
            {
            }
        }
    }
}
