using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Stubs;
using LoadLab.Workload;

namespace LoadLab.Engine.Tests.Protocols;

/// <summary>What became of a schedule that was played against a stub.</summary>
/// <param name="Rows">One row a call, in the schedule's order; the law of conservation has been checked.</param>
/// <param name="EpochNs">Zero of the run's clock on the system's monotonic clock, which is the stub's.</param>
internal sealed record StubPlayed(StubService Stub, IReadOnlyList<CallRecord> Rows, long EpochNs)
{
    public string Name => Stub.Protocol.Name;

    public string Says => $"{Name}: {string.Join(", ", Rows.GroupBy(row => $"{row.Outcome} {row.Reason}".Trim()).Select(group => $"{group.Count()} {group.Key}"))}; refused: {string.Join(" | ", Stub.Book.Refused.Distinct())}";

    public int Count(Outcome outcome, string reason) => Rows.Count(row => (row.Outcome, row.Reason) == (outcome, reason));
}

/// <summary>Plays small schedules against stubs, all protocols at once.</summary>
internal static class StubPlay
{
    public static readonly StubOptions Short = new() { JobMedian = TimeSpan.FromMilliseconds(60), Sigma = 0.4, Seed = 9 };

    /// <summary>Protocols whose jobs are asked about.</summary>
    public static IEnumerable<StubProtocol> Polled => StubProtocol.All.Where(protocol => !protocol.Blocks);

    public static TargetOptions Target(StubService stub) => new()
    {
        Kind = TargetKind.Http,
        Url = stub.Url,
        Protocol = TargetProtocol.Shipped(stub.Protocol.Name),
        Model = "wan",
        Timeout = Duration.FromSeconds(120),
    };

    /// <summary>The shipped protocol, but a job that is not found for 300 ms is lost.</summary>
    public static TargetProtocol SoonerLost(string name)
    {
        var shipped = Path.Combine(Checkout.Root, "Scenarios", "protocols");
        var folder = Directory.CreateTempSubdirectory("loadlab-protocol-").FullName;
        try
        {
            Array.ForEach(Directory.GetFiles(shipped, "*.json"), file => File.Copy(file, Path.Combine(folder, Path.GetFileName(file))));
            var text = File.ReadAllText(Path.Combine(shipped, name + ".yaml"));
            var sooner = text.Replace("poll: {}", "poll: { lostAfter: 300ms }").Replace("  lostAfter: 5s\n", "").Replace("every: 30s", "every: 300ms").Replace("poll:\n", "poll:\n  lostAfter: 300ms\n");
            Assert.NotEqual(text, sooner);
            File.WriteAllText(Path.Combine(folder, name + ".yaml"), sooner);
            return TargetProtocol.Read(Path.Combine(folder, name + ".yaml"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Calls of a size and seed each, 40 a second.</summary>
    public static Schedule Calls(int count, Func<ScheduledCall, ScheduledCall>? change = null) => TestPlay.Even(count, 40, call =>
    {
        var sized = call with { Width = 1280, Height = 720, Frames = 97, Steps = 20, CallSeed = 1000 + call.Index };
        return change?.Invoke(sized) ?? sized;
    });

    public static async Task<StubPlayed> PlayAsync(StubService stub, Schedule schedule, Func<TargetOptions, TargetOptions>? change = null)
    {
        var options = change?.Invoke(Target(stub)) ?? Target(stub);
        await using var target = HttpTarget.Create(options, stub.Url, ClockMap.Learned());
        var clock = MonotonicClock.StartNow();
        using var pacer = new PreciseWaiter(clock);
        var (_, rows) = await TestPlay.PlayAsync(schedule, target, pacer, new PlayOptions());
        return new StubPlayed(stub, rows, clock.EpochNanoseconds);
    }

    /// <summary>Every protocol given, at once; all that is wrong is told, each with its protocol.</summary>
    public static async Task EachAsync(IEnumerable<StubProtocol> protocols, StubOptions options, Schedule schedule, Action<StubPlayed> check, Func<TargetOptions, TargetOptions>? change = null)
    {
        var failures = await Task.WhenAll(protocols.Select(async protocol =>
        {
            await using var stub = await StubService.StartAsync(protocol, options);
            var played = await PlayAsync(stub, schedule, change);
            try
            {
                check(played);
                return null;
            }
            catch (Xunit.Sdk.XunitException e)
            {
                return $"{played.Says}\n{e.Message[..Math.Min(e.Message.Length, 600)]}";
            }
        }));
        Assert.True(failures.All(failure => failure is null), string.Join("\n", failures.OfType<string>()));
    }
}
