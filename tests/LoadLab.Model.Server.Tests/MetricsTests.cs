using LoadLab.Model.Server.Metrics;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task The_page_counts_what_happened()
    {
        var worker = new ScriptedWorker { TextFault = new OutOfDeviceMemoryException(1, 2, 3) };
        await using var server = await RunningServer.StartAsync(worker: worker);
        await server.EndOf(await server.SubmitAsync());
        await server.EndOf(await server.SubmitAsync());
        await server.EndOf(await server.SubmitAsync());

        using var response = await server.Client.GetAsync("/metrics");
        var page = PrometheusReader.Read(await response.Content.ReadAsStringAsync());

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(2, page.Samples["""loadlab_jobs_total{outcome="completed",reason=""}"""]);
        Assert.Equal(1, page.Samples["""loadlab_jobs_total{outcome="failed",reason="out-of-memory"}"""]);
        foreach (var stage in (string[])["text", "denoise", "decode", "whole"])
        {
            Assert.Equal(2, page.Samples[$$"""loadlab_stage_duration_seconds_count{stage="{{stage}}"}"""]);
        }

        Assert.Equal(1, page.Samples["loadlab_cold_starts_total"]);
        Assert.Equal(1, page.Samples["loadlab_model_loaded"]);
        Assert.Equal((600, 700, 1000), (page.Samples["""loadlab_arena_live_bytes{replica="0"}"""], page.Samples["""loadlab_arena_peak_bytes{replica="0"}"""], page.Samples["""loadlab_arena_capacity_bytes{replica="0"}"""]));
        Assert.InRange(page.Samples["""loadlab_replica_busy_seconds_total{replica="0"}"""], 1e-9, page.Samples["""loadlab_replica_provisioned_seconds_total{replica="0"}"""]);
        Assert.True(page.Samples["loadlab_process_cpu_seconds_total"] > 0);
        Assert.Contains(page.Samples.Keys, key => key.StartsWith("""loadlab_build_info{version="0.""", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_queue_and_the_batch_are_seen_while_they_are_there()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        await server.ReadyAsync();
        worker.StepGate.Reset();
        await server.StatusOf(await server.SubmitAsync(), "in_progress");
        var last = await server.SubmitAsync();

        var loaded = PrometheusReader.Read(await server.Client.GetStringAsync("/metrics"));
        worker.StepGate.Set();
        await server.EndOf(last);
        var idle = PrometheusReader.Read(await server.Client.GetStringAsync("/metrics"));

        Assert.Equal((1, 1), (loaded.Samples["loadlab_queue_length"], loaded.Samples["loadlab_running_batch_size"]));
        Assert.Equal((0, 0), (idle.Samples["loadlab_queue_length"], idle.Samples["loadlab_running_batch_size"]));
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        var text = new PrometheusText().Gauge("a", "help", 1, ("l", "q\"b\\n\nx")).ToString();

        Assert.Equal("# HELP a help\n# TYPE a gauge\na{l=\"q\\\"b\\\\n\\nx\"} 1\n", text);
        PrometheusReader.Read(text);
    }

    [Fact]
    public void A_histogram_counts_a_value_in_every_bucket_at_or_above_it()
    {
        var histogram = new Histogram();

        histogram.Add(0.002);
        histogram.Add(3);
        histogram.Add(5000);

        Assert.Equal((3, 5003.002), (histogram.Count, histogram.Sum));
        Assert.Equal([0, 1, 1, 2, 2], new[] { 0.001, 0.002, 2, 5, 1000 }.Select(bound => histogram.Cumulative[Histogram.Bounds.ToList().IndexOf(bound)]));
    }
}
