using LoadLab.Core;
using LoadLab.Engine.Pacing;

namespace LoadLab.Engine.Tests;

public sealed class PacingTests
{
    [Fact]
    public void The_system_s_own_wait_is_used_on_Linux()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "another system");

        // Creating it checks that the Stopwatch counts CLOCK_MONOTONIC.
        using var waiter = new PreciseWaiter(MonotonicClock.StartNow());
        Assert.Equal("clock_nanosleep", waiter.Mechanism);
    }

    public static TheoryData<string> Sleepers => ["system", "portable"];

    [Theory]
    [MemberData(nameof(Sleepers))]
    public void A_wait_never_ends_early(string sleeper)
    {
        var clock = MonotonicClock.StartNow();
        using var waiter = sleeper == "system" ? new PreciseWaiter(clock) : new PreciseWaiter(clock, new PortableSleeper());
        for (var i = 1; i <= 20; i++)
        {
            var at = Instant.FromSeconds(i * 0.003);
            waiter.WaitUntil(at, CancellationToken.None);
            Assert.True(waiter.Now >= at);
        }
    }

    [Fact]
    public void An_instant_that_has_passed_is_not_waited_for()
    {
        var sleeper = new CountingSleeper();
        using var waiter = new PreciseWaiter(new MonotonicClock(MonotonicClock.SystemNanoseconds - 1_000_000_000), sleeper);
        waiter.WaitUntil(Instant.Zero, CancellationToken.None);
        Assert.Equal(0, sleeper.Sleeps);
    }

    [Fact]
    public void A_long_wait_is_cut_so_that_a_stop_is_seen()
    {
        using var stop = new CancellationTokenSource();
        var sleeper = new CountingSleeper { OnSleep = sleeps => { if (sleeps == 3) { stop.Cancel(); } } };
        using var waiter = new PreciseWaiter(MonotonicClock.StartNow(), sleeper);
        waiter.WaitUntil(Instant.FromSeconds(3600), stop.Token);
        Assert.Equal(3, sleeper.Sleeps);
        Assert.True(sleeper.Longest <= Duration.FromMilliseconds(50));
    }

    [Fact]
    public async Task What_the_dispatch_thread_throws_reaches_its_task()
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => DispatchThread.Run(() => throw new InvalidOperationException("here")));
        Assert.Equal("here", thrown.Message);
    }

    [Fact]
    public async Task Threads_started_by_the_dispatch_thread_do_not_inherit_its_priority()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "another system");
        var (own, child) = ("", "");
        var priority = await DispatchThread.Run(() =>
        {
            own = Policy();
            var thread = new Thread(() => child = Policy());
            thread.Start();
            thread.Join();
        });
        Assert.Equal(priority == "SCHED_RR" ? "2" : "0", own);
        Assert.Equal("0", child);

        // Field 41 of the thread's stat; the name before it, in brackets, may hold blanks.
        static string Policy() => File.ReadAllText("/proc/thread-self/stat").Split(')')[1].Split(' ')[39];
    }

    private sealed class CountingSleeper : ISleeper
    {
        public string Name => "none";

        public int Sleeps { get; private set; }

        public Duration Longest { get; private set; }

        public Action<int>? OnSleep { get; init; }

        public void SleepUntil(long systemNanoseconds)
        {
            var asked = new Duration(systemNanoseconds - MonotonicClock.SystemNanoseconds);
            Longest = asked > Longest ? asked : Longest;
            OnSleep?.Invoke(++Sleeps);
        }

        public void Dispose()
        {
        }
    }
}
