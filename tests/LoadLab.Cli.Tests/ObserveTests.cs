using System.Diagnostics;
using System.Text.Json;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>Runs observed through a real Prometheus server, by the real program.</summary>
public sealed class ObserveTests(Workspace workspace) : IClassFixture<Workspace>
{
    private const int Flip = 15;

    [Fact]
    public async Task Run_is_priced_by_replicas_that_only_Prometheus_saw()
    {
        // Two replicas until the service has seen 15 calls, then four; one queue that counts the calls.
        await using var service = new ScriptedService(calls => $"# TYPE wan_replicas gauge\nwan_replicas{{deployment=\"wan\"}} {(calls < Flip ? 2 : 4)}\n# TYPE wan_calls gauge\nwan_calls {calls}\n");
        await using var prometheus = await RealPrometheus.StartAsync(("fleet", service.Url.Authority));
        await prometheus.ScrapedAsync("wan_replicas");

        // A way to it that is cut from the 8th call to the 24th, some three seconds.
        await using var way = new CuttableProxy(prometheus.Url, () => service.Calls is > 8 and < 24);
        var scenario = workspace.HttpScenario("observed", service.Url, "plain", "7s", "5/s");
        File.AppendAllText(scenario, "price: { perGpuHour: 3.6, source: a test }\n");
        File.WriteAllText(scenario, File.ReadAllText(scenario).Replace("timeout: 20s }", $$"""
            timeout: 20s, observe: [
                { prometheus: "{{prometheus.Url}}", query: wan_replicas, as: replicas, every: 1s, gpusPerReplica: 8 },
                { prometheus: "{{way.Url}}", query: wan_calls, as: custom.calls, unit: calls, every: 1s },
                { prometheus: "{{prometheus.Url}}", query: "wan_calls +", as: queue, every: 1s } ] }
            """, StringComparison.Ordinal));

        var root = workspace.NewPath("runs");
        var ended = (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--out", root, "--lateness-gate", "30s")).Exits(0);
        Assert.Contains(ended.ErrorLines, line => line.StartsWith("observed replicas: ", StringComparison.Ordinal) && line.Contains("1 series", StringComparison.Ordinal));
        Assert.Contains(ended.ErrorLines, line => line.StartsWith("observed queue: 0 samples", StringComparison.Ordinal) && line.Contains("http-400 bad_data", StringComparison.Ordinal));
        var folder = RunFolder.Open(Assert.Single(Directory.GetDirectories(root)));
        Workspace.CheckConservation(folder.FullPath);

        // The truth: the count changed when call 15 was sent. A sample shows the state of at most a scrape and a round before.
        var calls = folder.ReadCalls();
        var flip = calls.OrderBy(call => call.Sent).ElementAt(Flip - 1).Sent!.Value.Seconds;
        var end = calls.Max(call => call.Completed!.Value).Seconds;
        var samples = folder.ReadSamples().Where(sample => sample.Source == "remote").ToList();
        var replicas = samples.Where(sample => sample.Metric.StartsWith("replicas/deployment=wan", StringComparison.Ordinal)).OrderBy(sample => sample.At).ToList();
        Assert.Equal([2.0, 4.0], replicas.Select(sample => sample.Value).Distinct());
        Assert.All(replicas.Where(sample => sample.Value == 4), sample => Assert.True(sample.At.Seconds > flip - 0.25, $"four replicas at {sample.At}, the change was at {flip}"));
        Assert.All(replicas.Where(sample => sample.At.Seconds > flip + 5), sample => Assert.Equal(4, sample.Value));
        var counted = samples.Where(sample => sample.Metric.StartsWith("custom.calls", StringComparison.Ordinal)).OrderBy(sample => sample.At).ToList();
        Assert.All(counted, sample => Assert.True(sample.Value <= calls.Count(call => call.Sent!.Value.Seconds <= sample.At.Seconds + 0.5), $"{sample.Value} calls seen at {sample.At}"));

        // What the cut took is there all the same, from the server's store.
        double Account(string what) => samples.Single(sample => sample.Metric == $"observe.{what}/custom.calls").Value;
        Assert.InRange(Account("missed"), 1, 100);
        Assert.InRange(Account("filled"), 1, 100);
        Assert.All(counted.Zip(counted.Skip(1)), pair => Assert.InRange((pair.Second.At - pair.First.At).Seconds, 0, 2.6));

        var cost = (await LoadLabProcess.RunAsync(workspace, "cost", folder.FullPath, "--json")).Document();
        var observed = cost.GetProperty("observed");
        Assert.StartsWith("replicas observed by Prometheus, ", observed.GetProperty("wording").GetString(), StringComparison.Ordinal);
        var truth = 8 * ((2 * flip) + (4 * (end - flip)));
        var slack = 8 * 2 * 0.25;
        var billed = cost.GetProperty("gpu_hours").GetDouble() * 3600;
        var bound = 8 * observed.GetProperty("error_replica_seconds").GetDouble();
        Assert.InRange(billed + (8 * 4 * observed.GetProperty("unknown_seconds").GetDouble()), truth - bound - slack, truth + bound + (8 * 4 * observed.GetProperty("unknown_seconds").GetDouble()) + slack);
        Assert.True(bound < truth / 2, $"an error of {bound} GPU-seconds of {truth} says nothing");
        Assert.Equal(billed * 3.6 / 3600, cost.GetProperty("total").GetDouble(), 6);
        Assert.Contains("Replicas, observed", await File.ReadAllTextAsync(folder.File("report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_server_is_observed_by_its_preset_and_priced()
    {
        Assert.SkipWhen(RealPrometheus.OnPath("prometheus") is null, "prometheus is not on the PATH: install Debian's package of that name");
        await using var server = LoadLabProcess.Start(workspace, "serve", "--model", "wan2.2-ti2v-5b-pico", "--memory", "512MiB", "--port", "0");
        var url = await FaultServer.ServedAt(server);
        await RealPrometheus.WaitAsync(new Uri(url, "readyz"), _ => true);
        await CheckMetrics(await RealPrometheus.WaitAsync(new Uri(url, "metrics"), body => body.Contains("loadlab_build_info", StringComparison.Ordinal)));
        await using var prometheus = await RealPrometheus.StartAsync(("wan", url.Authority));
        await prometheus.ScrapedAsync("loadlab_build_info");
        var scenario = workspace.HttpScenario("own", url, "videos", "5s", "2/s");
        File.WriteAllText(scenario, File.ReadAllText(scenario).Replace("model: any", "model: wan2.2-ti2v-5b-pico", StringComparison.Ordinal)
            .Replace("timeout: 20s }", $$"""timeout: 60s, observe: { prometheus: "{{prometheus.Url}}", preset: loadlab, match: 'job="wan"', every: 1s } }""", StringComparison.Ordinal));
        var root = workspace.NewPath("runs");
        (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--out", root, "--lateness-gate", "30s")).Exits(0);
        var folder = RunFolder.Open(Assert.Single(Directory.GetDirectories(root)));
        var samples = folder.ReadSamples();
        Assert.All(samples.Where(sample => sample.Metric.StartsWith("replicas/", StringComparison.Ordinal)), sample => Assert.Equal(1, sample.Value));
        Assert.Contains(samples, sample => sample.Metric.StartsWith("custom.memory/", StringComparison.Ordinal) && sample.Value > 1 << 20);

        // This run has no journal: what is known of the replica came through Prometheus, what is known of its work from the calls.
        var cost = (await LoadLabProcess.RunAsync(workspace, "cost", folder.FullPath, "--json")).Document();
        var calls = folder.ReadCalls();
        var window = calls.Max(call => call.Polled ?? call.Completed!.Value).Seconds;
        var observed = cost.GetProperty("observed");
        Assert.Equal(window, (cost.GetProperty("gpu_hours").GetDouble() * 3600) + observed.GetProperty("unknown_seconds").GetDouble(), 0.001);
        Assert.Equal(0, observed.GetProperty("unknown_seconds").GetDouble(), 0.001);
        Assert.Equal($"service times of {calls.Count} calls", observed.GetProperty("busy_from").GetString());
        Assert.InRange(cost.GetProperty("busy_share").GetProperty("value").GetDouble(), 0.001, 1);
        Assert.Equal(calls.Count, cost.GetProperty("real_calls").GetInt32());
        server.Interrupt();
        await server.EndAsync();
    }

    /// <summary>Prometheus's own checker finds nothing wrong with the text.</summary>
    private static async Task CheckMetrics(string text)
    {
        if (RealPrometheus.OnPath("promtool") is not { } promtool)
        {
            return;
        }

        var info = new ProcessStartInfo(promtool) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        info.ArgumentList.Add("check");
        info.ArgumentList.Add("metrics");
        using var process = Process.Start(info)!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said);
    }
}
