using System.Globalization;

namespace LoadLab.Cli.Tests;

/// <summary>Which processors a server's threads may use, seen from outside.</summary>
public sealed class ProcessorTests(Workspace workspace)
{
    [Fact]
    public async Task A_server_computes_on_the_last_processor_and_does_everything_else_on_the_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.ProcessorCount > 1, "one processor, or another system");
        var allowed = Allowed("/proc/self");
        await using var server = LoadLabProcess.Start(workspace, "serve", "--model", "wan2.2-ti2v-5b-pico", "--memory", "512MiB", "--threads", "1", "--port", "0");
        await RealPrometheus.WaitAsync(new Uri(await FaultServer.ServedAt(server), "readyz"), _ => true);

        var threads = Directory.GetDirectories($"/proc/{server.Id}/task").ToLookup(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("replica ", StringComparison.Ordinal), Allowed);
        Assert.Equal([allowed[^1]], Assert.Single(threads[true]));
        Assert.NotEmpty(threads[false]);
        Assert.All(threads[false], processors => Assert.Equal(allowed[..^1], processors));
    }

    [Fact]
    public async Task A_replica_that_polls_keeps_its_processor_busy_with_nothing_to_do()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.ProcessorCount > 1, "one processor, or another system");
        var scenario = workspace.Write("polls.yaml", """
            name: polls
            workload: { duration: 1s, arrivals: { constant: { rate: 1/s } }, jobs: [ { size: 64x64, frames: 5, steps: 2 } ] }
            target: { kind: local, model: wan2.2-ti2v-5b-pico, memory: 512MiB, threads: 1, busyPoll: true }
            """);
        await using var server = LoadLabProcess.Start(workspace, "serve", "--scenario", scenario, "--port", "0");
        await RealPrometheus.WaitAsync(new Uri(await FaultServer.ServedAt(server), "readyz"), _ => true);
        var replica = Directory.GetDirectories($"/proc/{server.Id}/task").Single(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("replica ", StringComparison.Ordinal));

        // Far more than what may be left of loading.
        var enough = Ticks(replica) + 300;
        Assert.True(SpinWait.SpinUntil(() => Ticks(replica) > enough || server.HasExited, TimeSpan.FromMinutes(3)) && !server.HasExited, $"the replica's thread slept; the server said: {server.Errors}");
    }

    /// <summary>Processor time of a thread, in hundredths of a second: user and system, behind the name.</summary>
    private static long Ticks(string task)
    {
        var stat = File.ReadAllText(Path.Combine(task, "stat"));
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    /// <summary>The processors of a thread or process: the kernel prints them in ranges, 0-3,8.</summary>
    private static int[] Allowed(string task)
    {
        var list = File.ReadLines(Path.Combine(task, "status")).First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];
        return [.. list.Split(',').Select(range => range.Split('-')).SelectMany(ends => Enumerable.Range(Number(ends[0]), Number(ends[^1]) - Number(ends[0]) + 1))];

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }
}
