using System.Diagnostics;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>Runs observed through a real Prometheus server, by the real program.</summary>
public sealed class ObserveTests(Workspace workspace) : IClassFixture<Workspace>
{
    private const int Cut = 8;
    private const int Flip = 15;
    private const int Mended = 24;
    private const int Last = 35;

    /// <summary>
    /// One user calls and waits for each answer, so that the service sets the pace: what a stage of the story is about has been seen before it lets the next one begin.
    /// How exact a sample can be follows from Prometheus's own scrapes: how long they took and how far apart they were.
    /// </summary>
    [Fact]
    public async Task Run_is_priced_by_replicas_that_only_Prometheus_saw()
    {
        var root = workspace.NewPath("runs");
        CuttableProxy? way = null;
        Task HoldAsync(int call) => call switch
        {
            Flip - 1 => UntilAsync(() => Replicas(SoFar(root)).Count(sample => sample.Value == 2) >= 2),
            Mended - 1 => UntilAsync(() => way!.Refused >= 3),
            Last => UntilAsync(() => SaysSomething(Replicas(SoFar(root))) && Counted(SoFar(root)).Any(sample => sample.Value > Mended)),
            _ => Task.CompletedTask,
        };

        // Two replicas until the service has seen 15 calls, then four; one queue that counts the calls.
        await using var service = new ScriptedService(calls => $"# TYPE wan_replicas gauge\nwan_replicas{{deployment=\"wan\"}} {(calls < Flip ? 2 : 4)}\n# TYPE wan_calls gauge\nwan_calls {calls}\n", HoldAsync);
        await using var prometheus = await RealPrometheus.StartAsync(("fleet", service.Url.Authority));
        await prometheus.ScrapedAsync("wan_replicas");

        // A way to it that is cut from the 9th call to the 24th, until it has been tried.
        await using var cuttable = new CuttableProxy(prometheus.Url, () => service.Calls is > Cut and < Mended);
        way = cuttable;
        var scenario = workspace.Write("observed.yaml", $$"""
            name: observed
            workload:
              closed: { users: 1, calls: {{Last}}, think: 200ms }
              jobs: [ { size: 64x64, frames: 5, steps: 4, model: any } ]
            target: { kind: http, url: "{{service.Url}}", protocol: plain, timeout: 10m, observe: [
                { prometheus: "{{prometheus.Url}}", query: wan_replicas, as: replicas, every: 1s, gpusPerReplica: 8 },
                { prometheus: "{{way.Url}}", query: wan_calls, as: custom.calls, unit: calls, every: 1s },
                { prometheus: "{{prometheus.Url}}", query: "wan_calls +", as: queue, every: 1s } ] }
            price: { perGpuHour: 3.6, source: a test }
            """);

        var ended = (await LoadLabProcess.PlayAsync(workspace, root, scenario, "--lateness-gate", "30s")).Exits(0);
        Assert.Contains(ended.ErrorLines, line => line.StartsWith("observed replicas: ", StringComparison.Ordinal) && line.Contains("1 series", StringComparison.Ordinal));
        Assert.Contains(ended.ErrorLines, line => line.StartsWith("observed queue: 0 samples", StringComparison.Ordinal) && line.Contains("http-400 bad_data", StringComparison.Ordinal));
        var folder = RunFolder.Open(Assert.Single(Directory.GetDirectories(root)));
        Workspace.CheckConservation(folder.FullPath);
        var (apart, lasted) = await ScrapesAsync(prometheus);

        // The truth: the count changed between the sending of call 15 and its answer. A sample shows the state of at most a scrape and a round before.
        var calls = folder.ReadCalls();
        Assert.Equal(Last, calls.Count);
        var (sent, answered) = (calls[Flip - 1].Sent!.Value.Seconds, calls[Flip - 1].Completed!.Value.Seconds);
        var end = calls.Max(call => call.Completed!.Value).Seconds;
        var samples = folder.ReadSamples().Where(sample => sample.Source == "remote").ToList();
        double Account(string what, string of) => samples.Single(sample => sample.Metric == $"observe.{what}/{of}").Value;
        var exact = 0.25 + lasted + Account("clock.uncertainty", "replicas");
        var replicas = Replicas(samples);
        Assert.Equal([2.0, 4.0], replicas.Select(sample => sample.Value).Distinct());
        Assert.All(replicas.Where(sample => sample.Value == 4), sample => Assert.True(sample.At.Seconds > sent - exact, $"four replicas at {sample.At}, the change was at {sent}"));
        Assert.All(replicas.Where(sample => sample.At.Seconds > answered + apart + exact), sample => Assert.Equal(4, sample.Value));
        var counted = Counted(samples);
        Assert.All(counted, sample => Assert.True(sample.Value <= calls.Count(call => call.Sent!.Value.Seconds <= sample.At.Seconds + 0.25 + exact), $"{sample.Value} calls seen at {sample.At}"));

        // What the cut took is there all the same, from the server's store, as dense as the store is.
        Assert.InRange(Account("missed", "custom.calls"), 1, Account("rounds", "custom.calls"));
        Assert.InRange(Account("filled", "custom.calls"), 1, Account("rounds", "custom.calls"));
        Assert.All(counted.Zip(counted.Skip(1)), pair => Assert.InRange((pair.Second.At - pair.First.At).Seconds, 0, 1.6 + apart));

        var cost = (await LoadLabProcess.RunAsync(workspace, "cost", folder.FullPath, "--json")).Document();
        var observed = cost.GetProperty("observed");
        Assert.StartsWith("replicas observed by Prometheus, ", observed.GetProperty("wording").GetString(), StringComparison.Ordinal);
        double Truth(double flip) => 8 * ((2 * flip) + (4 * (end - flip)));
        var billed = cost.GetProperty("gpu_hours").GetDouble() * 3600;
        var unknown = 8 * 4 * observed.GetProperty("unknown_seconds").GetDouble();
        var bound = 8 * observed.GetProperty("error_replica_seconds").GetDouble();

        // What a missed round is filled with may be older than any value whose age was asked for.
        var slack = 8 * 2 * (exact + (Account("missed", "replicas") > 0 ? apart : 0));
        Assert.InRange(billed + unknown, Truth(answered) - bound - slack, Truth(sent) + bound + unknown + slack);
        Assert.True(bound < Truth(answered) / 2, $"an error of {bound} GPU-seconds of {Truth(answered)} says nothing");
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
        (await LoadLabProcess.PlayAsync(workspace, root, scenario, "--lateness-gate", "30s")).Exits(0);
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
        Assert.Equal(Unknown(samples, window), observed.GetProperty("unknown_seconds").GetDouble(), 0.001);
        Assert.Equal($"service times of {calls.Count} calls", observed.GetProperty("busy_from").GetString());
        Assert.InRange(cost.GetProperty("busy_share").GetProperty("value").GetDouble(), 0.001, 1);
        Assert.Equal(calls.Count, cost.GetProperty("real_calls").GetInt32());
        server.Interrupt();
        await server.EndAsync();
    }

    /// <summary>Seconds of a run from which the count of replicas is not known: before the first sample, and from three rounds after one to the next.</summary>
    private static double Unknown(IReadOnlyList<Sample> samples, double end)
    {
        var rounds = Replicas(samples).Select(sample => sample.At.Seconds).Where(at => at <= end).Distinct().ToList();
        return end - rounds.Zip([.. rounds.Skip(1), end]).Sum(pair => Math.Max(0, Math.Min(pair.Second, pair.First + 3) - Math.Max(0, pair.First)));
    }

    private static List<Sample> Replicas(IReadOnlyList<Sample> samples) => InOrder(samples, "replicas/");

    private static List<Sample> Counted(IReadOnlyList<Sample> samples) => InOrder(samples, "custom.calls");

    private static List<Sample> InOrder(IReadOnlyList<Sample> samples, string metric) =>
        [.. samples.Where(sample => sample.Source == "remote" && sample.Metric.StartsWith(metric, StringComparison.Ordinal)).OrderBy(sample => sample.At)];

    /// <summary>Whether the change was seen, and the time after it is long beside the one in which it happened.</summary>
    private static bool SaysSomething(List<Sample> replicas)
    {
        var change = replicas.FindIndex(sample => sample.Value == 4);
        return change > 0 && (replicas[^1].At - replicas[change].At).Seconds >= 4 + (4 * (replicas[change].At - replicas[change - 1].At).Seconds);
    }

    /// <summary>What a run has sampled until now.</summary>
    private static IReadOnlyList<Sample> SoFar(string root)
    {
        try
        {
            return SamplesFile.Read(Assert.Single(Directory.GetFiles(root, SamplesFile.Name, SearchOption.AllDirectories)));
        }
        catch (InputException)
        {
            // Its last line is not whole yet.
            return [];
        }
    }

    /// <summary>The longest time between two scrapes and the longest that one took, once there is one from after the run.</summary>
    private static async Task<(double Apart, double Lasted)> ScrapesAsync(RealPrometheus prometheus)
    {
        const string Series = "wan_replicas";
        var ended = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1e3;
        var times = await FaultSteps.UntilAsync(() => prometheus.ScrapesAsync(Series).GetAwaiter().GetResult().Select(scrape => scrape.At).ToList(), times => times[^1] > ended, "a scrape comes after the run");
        var durations = await prometheus.ScrapesAsync("scrape_duration_seconds");
        return (times.Zip(times.Skip(1)).Max(pair => pair.Second - pair.First), durations.Max(scrape => scrape.Value));
    }

    /// <summary>Waits, but not for ever: what did not come in time the test itself will miss.</summary>
    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var waited = Stopwatch.StartNew(); !holds() && waited.Elapsed < TimeSpan.FromMinutes(3); await Task.Delay(100))
        {
        }
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
