using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload.Tests;

/// <summary>A schedule keeps its calls packed, and gives back what was put in.</summary>
[Collection(MeasuredAlone.Name)]
public class PackedCallsTests
{
    [Fact]
    public void Every_field_of_a_call_comes_back()
    {
        ScheduledCall[] calls =
        [
            new() { Index = 0, Intended = new Instant(7) },
            new()
            {
                Index = 1, Intended = new Instant(7), Tenant = "acme", Tier = "vip", Model = "m", Width = 160, Height = 96, Frames = 9, Steps = 8, Guidance = 4.5, Quality = "high",
                CallSeed = -5, Deadline = new Duration(3), Patience = Duration.Zero, PromptHash = "00ff00ff00ff00ff",
            },
            new() { Index = 2, Intended = new Instant(long.MaxValue), Patience = new Duration(1), PromptHash = "ffffffffffffffff" },
        ];
        var schedule = new Schedule(Duration.FromSeconds(1), calls, ["", "a", "b"]);
        Assert.Equal(calls, schedule.Calls);
        Assert.Equal(["", "a", "b"], schedule.Calls.Select(schedule.PromptOf));
        Assert.Equal(calls.Select(call => call.Intended), calls.Select(call => schedule.IntendedOf(call.Index)));
    }

    [Fact]
    public void Call_out_of_order_is_refused() => Assert.Throws<ArgumentException>(() => new Schedule(
        Duration.FromSeconds(1), [new ScheduledCall { Index = 0, Intended = new Instant(2) }, new ScheduledCall { Index = 1, Intended = new Instant(1) }], ["", ""]));

    [Fact]
    public void Planned_call_takes_at_most_44_bytes()
    {
        const int Calls = 200_000;
        var source = new LoadSource
        {
            Seed = new Seed(0),
            Length = Duration.FromSeconds(Calls),
            Arrivals = RateCurve.Sum(Calls, [Shapes.Constant(1, 0, Calls)]),
            Process = new ArrivalProcess.Even(),
            Jobs = [new JobTemplate { Tier = "free", Patience = new Patience(Duration.FromSeconds(60), 0.5) }, new JobTemplate { Tier = "vip" }],
        };
        var options = new WorkloadOptions
        {
            Name = "many",
            Length = source.Length,
            Sources = [source],
            Arrivals = source.Arrivals,
            Prompts = new PromptOptions { UniqueShare = 0.5, ZipfExponent = 1.1 },
        };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var schedule = Scheduler.Build(options, new TargetDefaults("m", 160, 96, 9, 8));
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(Calls, schedule.Calls.Count);
        // 24, and 8 for patience, and for every second one 16 for a prompt of its own; the rest is what many share.
        Assert.InRange((after - before) / (double)Calls, 24, 44);
        GC.KeepAlive(schedule);
    }

    [Fact]
    public void Closed_schedule_reads_back_from_its_file_with_its_hash()
    {
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-{Guid.NewGuid():N}.csv.gz");
        try
        {
            var options = new WorkloadOptions
            {
                Name = "closed",
                Seed = new Seed(4),
                Length = Duration.FromSeconds(60),
                Closed = new ClosedLoop { Users = 3, Calls = 20, Think = new ThinkTime.Exponential(Duration.FromSeconds(1)) },
            };
            var schedule = Scheduler.Build(options, new TargetDefaults("m"));
            ScheduleFile.Write(path, schedule.Calls);
            var read = ScheduleFile.Read(path);
            Assert.Equal(schedule.Calls, read);
            Assert.Equal(schedule.Sha256, ScheduleFile.Hash(read));
            Assert.NotEqual(schedule.Sha256, Scheduler.Build(options with { Closed = options.Closed with { Think = new ThinkTime.Constant(Duration.FromSeconds(1)) } }, new TargetDefaults("m")).Sha256);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
