using System.Globalization;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Safety;

namespace LoadLab.Model.Server.Metrics;

/// <summary>The whole of /metrics: what is counted, and what the queue, the replicas and the process show right now.</summary>
/// <param name="metrics">What is counted.</param>
/// <param name="jobs">The queue.</param>
/// <param name="replicas">Those there are, in order of number.</param>
/// <param name="checker">How the content checker fares.</param>
/// <param name="facts">What does not change.</param>
internal sealed class MetricsPage(ServerMetrics metrics, JobHost jobs, Func<IReadOnlyList<IReplicaFacts>> replicas, Func<CheckerFigures> checker, ServerFacts facts)
{
    /// <summary>Replicas shown, the first in order of number.</summary>
    public const int MaxReplicas = 256;

    public string Write()
    {
        var text = new PrometheusText();
        IReadOnlyList<IReplicaFacts> shown = [.. replicas().Take(MaxReplicas)];
        text.Gauge(
            "loadlab_build_info",
            "1; what runs stands in the labels.",
            1,
            ("version", facts.Version),
            ("model", facts.Model),
            ("threads", facts.Threads.ToString(CultureInfo.InvariantCulture)),
            ("weights", facts.Weights),
            ("affinity", shown.Count > 0 ? shown[0].Affinity : ""));
        text.Gauge("loadlab_model_loaded", "1 when a replica has its model's weights in memory.", jobs.ModelLoaded ? 1 : 0);
        WriteQueue(text);
        metrics.Write(text);
        WriteReplicas(text, shown);
        WriteChecker(text);
        text.Counter("loadlab_process_cpu_seconds_total", "CPU time of this process, user and system.", Environment.CpuUsage.TotalTime.TotalSeconds);
        return text.ToString();
    }

    private void WriteQueue(PrometheusText text)
    {
        text.Gauge("loadlab_queue_length", "Jobs that wait.", jobs.QueueLength);
        text.Family("loadlab_queue_length_by_tier", "gauge", "Jobs of the scenario's tiers that wait.");
        for (var i = 0; i < jobs.Waiting.Tiers.Count; i++)
        {
            text.Sample("loadlab_queue_length_by_tier", jobs.Waiting.Of(i), ("tier", jobs.Waiting.Tiers[i]));
        }

        text.Gauge("loadlab_running_batch_size", "Jobs in the batches under way.", jobs.Running);
    }

    private static void WriteReplicas(PrometheusText text, IReadOnlyList<IReplicaFacts> shown)
    {
        text.Gauge("loadlab_replicas_ready", "Replicas that take work.", shown.Count(replica => replica.IsReady));
        void Family(string name, string type, string help, Func<IReplicaFacts, double> value)
        {
            text.Family(name, type, help);
            foreach (var replica in shown)
            {
                text.Sample(name, value(replica), ("replica", replica.Id.Value.ToString(CultureInfo.InvariantCulture)));
            }
        }

        // Read once each: what is divided below is one reading.
        var times = shown.ToDictionary(replica => replica, replica => (Busy: replica.BusySeconds, Age: replica.AgeSeconds));
        Family("loadlab_replica_busy_seconds_total", "counter", "Time the replica spent in batches.", replica => times[replica].Busy);
        Family("loadlab_replica_provisioned_seconds_total", "counter", "Time since the replica was provisioned.", replica => times[replica].Age);
        Family("loadlab_replica_busy_ratio", "gauge", "Busy share since the replica was provisioned.", replica => times[replica] is { Age: > 0 } time ? Math.Min(1, time.Busy / time.Age) : 0);
        Family("loadlab_arena_live_bytes", "gauge", "Bytes live in the replica's arena, weights included.", replica => replica.Memory.LiveBytes);
        Family("loadlab_arena_peak_bytes", "gauge", "Most bytes ever live in the replica's arena.", replica => replica.Memory.PeakBytes);
        Family("loadlab_arena_capacity_bytes", "gauge", "Bytes the replica's arena can hold.", replica => replica.Memory.CapacityBytes);
    }

    private void WriteChecker(PrometheusText text)
    {
        var figures = checker();
        text.Gauge("loadlab_safety_checker_queued", "Contents that wait for a thread of the content checker.", figures.Queued);
        text.Gauge("loadlab_safety_checker_stuck_threads", "Threads inside a content check whose time has passed.", figures.Stuck);
        text.Counter("loadlab_safety_checker_unserved_total", "Contents never looked at: no room, or no time left.", figures.Unserved);
        text.Counter("loadlab_safety_checker_faults_total", "Content checks that threw.", figures.Faults);
        text.Counter("loadlab_safety_checker_given_up_total", "Content checks that did not return in time.", figures.GivenUp);
    }
}
