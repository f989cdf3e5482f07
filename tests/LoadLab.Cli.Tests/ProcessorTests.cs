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

    /// <summary>The processors of a thread or process: the kernel prints them in ranges, 0-3,8.</summary>
    private static int[] Allowed(string task)
    {
        var list = File.ReadLines(Path.Combine(task, "status")).First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];
        return [.. list.Split(',').Select(range => range.Split('-')).SelectMany(ends => Enumerable.Range(Number(ends[0]), Number(ends[^1]) - Number(ends[0]) + 1))];

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }
}
