using LoadLab.Core.Runs;

namespace LoadLab.Reports.Tests;

public sealed class ObservedSectionTests : IDisposable
{
    private readonly TestRun _run = new();

    [Fact]
    public void What_Prometheus_saw_is_drawn_by_meaning_with_what_was_missed()
    {
        var page = Page(
            Remote(0, "gpu.util/pod=wan-0,gpu=0", "%", 50),
            Remote(5, "gpu.util#2/gpu=<b>", "%", 60),
            Remote(5, "replicas/deployment=wan", "replicas", 4),
            Remote(0, "replicas/deployment=wan", "replicas", 2),
            Remote(1, "custom.temperature", "C", 71),
            Remote(0, "observe.interval/replicas", "s", 5),
            Remote(9, "observe.rounds/replicas", "rounds", 7),
            Remote(9, "observe.missed/replicas", "rounds", 3),
            Remote(9, "observe.filled/replicas", "rounds", 2));
        Assert.Contains("<figcaption>GPU utilisation, observed</figcaption>", page, StringComparison.Ordinal);
        Assert.Contains("pod=wan-0,gpu=0", page, StringComparison.Ordinal);
        Assert.Contains("gpu=&lt;b&gt;", page, StringComparison.Ordinal);
        Assert.Contains("<figcaption>Replicas, observed</figcaption>", page, StringComparison.Ordinal);
        Assert.Contains("<figcaption>custom.temperature, observed</figcaption>", page, StringComparison.Ordinal);
        Assert.Contains("replicas: 7 rounds every 5 s, 3 missed, 2 filled afterwards.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("observe.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_written_after_the_run_is_drawn_at_its_time()
    {
        var inOrder = Page(Remote(0, "queue", "jobs", 1), Remote(2, "queue", "jobs", 5), Remote(4, "queue", "jobs", 2));
        Assert.Equal(inOrder, Page(Remote(0, "queue", "jobs", 1), Remote(4, "queue", "jobs", 2), Remote(2, "queue", "jobs", 5)));
    }

    [Fact]
    public void More_series_than_a_plot_can_show_are_counted()
    {
        var page = Page([.. Enumerable.Range(0, 20).Select(i => Remote(1, $"gpu.power/gpu={i:00}", "W", 300 + i))]);
        Assert.Contains("8 more series of gpu.power are in samples.csv.", page, StringComparison.Ordinal);
        Assert.Contains("gpu=11", page, StringComparison.Ordinal);
        Assert.DoesNotContain("gpu=12", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_that_observed_nothing_has_no_such_plots() => Assert.DoesNotContain("observed", TestRun.Page(_run.Complete()), StringComparison.Ordinal);

    public void Dispose() => _run.Dispose();

    private static Sample Remote(double at, string metric, string unit, double value) => TestRun.Sample(at, "remote", metric, unit, value);

    private string Page(params Sample[] samples) => TestRun.Page(_run.Write(TestRun.Manifest, TestRun.Calls, samples));
}
