using System.Globalization;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Replicas;

namespace LoadLab.Model.Server.Metrics;

/// <summary>The whole of /metrics: what is counted, and what the queue, the replica and the process show right now.</summary>
internal sealed class MetricsPage(ServerMetrics metrics, JobHost jobs, LocalReplicaPool pool, ServerFacts facts)
{
    public string Write()
    {
        var text = new PrometheusText();
        text.Gauge(
            "loadlab_build_info",
            "1; what runs stands in the labels.",
            1,
            ("version", facts.Version),
            ("model", facts.Model),
            ("threads", facts.Threads.ToString(CultureInfo.InvariantCulture)),
            ("weights", facts.Weights),
            ("affinity", pool.Current?.Affinity ?? ""));
        text.Gauge("loadlab_model_loaded", "1 when the model's weights are in memory.", jobs.ModelLoaded ? 1 : 0);
        text.Gauge("loadlab_queue_length", "Jobs that wait.", jobs.QueueLength);
        text.Gauge("loadlab_running_batch_size", "Jobs in the batch under way.", jobs.Running);
        metrics.Write(text);
        WriteReplica(text);
        text.Counter("loadlab_process_cpu_seconds_total", "CPU time of this process, user and system.", Environment.CpuUsage.TotalTime.TotalSeconds);
        return text.ToString();
    }

    private void WriteReplica(PrometheusText text)
    {
        if (pool.Current is not { } replica)
        {
            return;
        }

        var label = ("replica", replica.Id.Value.ToString(CultureInfo.InvariantCulture));
        var (busy, age) = (replica.BusySeconds, replica.AgeSeconds);
        text.Counter("loadlab_replica_busy_seconds_total", "Time the replica spent in batches.", busy, label);
        text.Counter("loadlab_replica_provisioned_seconds_total", "Time since the replica was provisioned.", age, label);
        text.Gauge("loadlab_replica_busy_ratio", "Busy share since the replica was provisioned.", age > 0 ? Math.Min(1, busy / age) : 0, label);
        var memory = replica.Memory;
        text.Gauge("loadlab_arena_live_bytes", "Bytes live in the replica's arena, weights included.", memory.LiveBytes, label);
        text.Gauge("loadlab_arena_peak_bytes", "Most bytes ever live in the replica's arena.", memory.PeakBytes, label);
        text.Gauge("loadlab_arena_capacity_bytes", "Bytes the replica's arena can hold.", memory.CapacityBytes, label);
    }
}
