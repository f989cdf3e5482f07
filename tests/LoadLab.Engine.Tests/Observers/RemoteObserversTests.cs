using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Engine.Observers;

namespace LoadLab.Engine.Tests.Observers;

public sealed class RemoteObserversTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("loadlab-observers-").FullName, SamplesFile.Name);
    private readonly MonotonicClock _clock = MonotonicClock.StartNow();

    [Fact]
    public async Task Rounds_are_written_while_the_run_plays_and_accounted_for_at_its_end()
    {
        await using var good = PrometheusStub.Start((_, _) => PrometheusStub.Json(PrometheusStub.Vector(("\"deployment\":\"wan\"", "3"))));
        await using var bad = PrometheusStub.Start((_, _) => PrometheusStub.Json("", 500));
        IReadOnlyList<string> lines;
        using (var writer = new SamplesWriter(_path))
        using (var observers = RemoteObservers.Start(new ObserveOptions { Queries = [Query(good, "replicas"), Query(good, "queue"), Query(bad, "gpu.util")] }, _clock, writer))
        {
            while (SamplesFile.Read(_path).Count(sample => sample.Metric == "replicas/deployment=wan") < 2)
            {
                await Task.Delay(50);
            }

            lines = await observers.FinishAsync();
        }

        Assert.Equal(3, lines.Count);
        Assert.Contains(lines, line => line.StartsWith("observed gpu.util: 0 samples", StringComparison.Ordinal) && line.Contains("http-500", StringComparison.Ordinal));
        var samples = SamplesFile.Read(_path);
        var replicas = samples.Where(sample => sample.Metric == "replicas/deployment=wan").ToList();
        Assert.All(replicas, sample => Assert.Equal(("remote", "replicas", 3.0), (sample.Source, sample.Unit, sample.Value)));
        Assert.True(replicas.Count >= 3, "a last round is asked at the end");
        Assert.Equal(5, Of(samples, "interval", "replicas"));
        Assert.Equal(0, Of(samples, "missed", "replicas"));
        Assert.Equal(Of(samples, "rounds", "gpu.util"), Of(samples, "missed", "gpu.util"));
        Assert.InRange(Of(samples, "clock.uncertainty", "replicas"), 0.0005, 5);
    }

    [Fact]
    public async Task Nothing_to_observe_starts_and_ends_at_once()
    {
        using var writer = new SamplesWriter(_path);
        using var observers = RemoteObservers.Start(new ObserveOptions(), _clock, writer);
        Assert.Empty(await observers.FinishAsync());
    }

    [Fact]
    public async Task Writer_that_fails_ends_the_observing_and_not_the_run()
    {
        await using var stub = PrometheusStub.Start((_, _) => null);
        var writer = new SamplesWriter(_path);
        writer.Dispose();
        using var observers = RemoteObservers.Start(new ObserveOptions { Queries = [Query(stub, "queue")] }, _clock, writer);
        Assert.Contains("ended early", (await observers.FinishAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_that_breaks_off_leaves_no_thread_asking()
    {
        await using var stub = new StubServer(async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return null;
        });
        using var writer = new SamplesWriter(_path);
        var observers = RemoteObservers.Start(new ObserveOptions { Queries = [Query(stub, "queue")] }, _clock, writer);
        observers.Dispose();
        observers.Dispose();

        // The first question may be on its way to the service; there is no second.
        Assert.InRange(stub.Seen.Count, 0, 1);
    }

    [Fact]
    public void Every_token_that_is_not_set_is_told()
    {
        using var writer = new SamplesWriter(_path);
        var query = new Observation { Server = new Uri("http://127.0.0.1:1"), Query = "q", Metric = "queue", Unit = "jobs" };
        var problems = Assert.Throws<InputException>(() => RemoteObservers.Start(
            new ObserveOptions { Queries = [query with { KeyVariable = "LOADLAB_NOT_SET_A" }, query with { KeyVariable = "LOADLAB_NOT_SET_B" }] }, _clock, writer)).Problems;
        Assert.Equal(["LOADLAB_NOT_SET_A", "LOADLAB_NOT_SET_B"], problems.Select(problem => problem.Field));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    private static Observation Query(StubServer stub, string metric) =>
        new() { Server = stub.Url, Query = metric, Metric = metric, Unit = metric == "replicas" ? "replicas" : "x", Every = Duration.FromSeconds(5), Range = (0, 1e6) };

    private static double Of(IReadOnlyList<Sample> samples, string what, string query) => samples.Single(sample => sample.Metric == $"observe.{what}/{query}").Value;
}
