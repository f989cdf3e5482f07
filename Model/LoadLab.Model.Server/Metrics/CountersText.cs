using System.Globalization;
using LoadLab.Core;
using LoadLab.Serving.Metrics;

namespace LoadLab.Model.Server.Metrics;

/// <summary>The serving core's counters as metric families. Labels are bounded: reason codes and policies by their counter, tenants to the first <see cref="MaxTenants"/>.</summary>
internal static class CountersText
{
    public const int MaxTenants = 20;

    public static void Write(PrometheusText text, ServingCounters counters)
    {
        WriteJobs(text, counters);
        WriteBatches(text, counters.Batches, counters.BatchFill);
        WriteLoads(text, counters);
        WriteSafety(text, counters);
        WriteTenants(text, counters);
    }

    private static void WriteJobs(PrometheusText text, ServingCounters counters)
    {
        Reasons(text, "loadlab_admitted_total", "Jobs let in.", counters.Admitted);
        text.Counter("loadlab_served_by_lighter_total", "Jobs let in that a lighter model serves.", counters.ServedByLighter);
        Reasons(text, "loadlab_refused_total", "Jobs never let in.", counters.Refused);
        Reasons(text, "loadlab_rejected_total", "Jobs let in and refused after all.", counters.Rejected);
        Reasons(text, "loadlab_retries_total", "Further attempts, by why the last one failed.", counters.Retried);
        Reasons(text, "loadlab_requeues_total", "Runs that ended by nobody's failure and whose jobs went on later, by why.", counters.Requeued);
        Reasons(text, "loadlab_failed_total", "Jobs that failed for good.", counters.Failed);
        Reasons(text, "loadlab_dead_letters_total", "Jobs that ran and failed for good.", counters.DeadLetters);
        Reasons(text, "loadlab_dropped_total", "Jobs that their clients gave up.", counters.Dropped);
        Reasons(text, "loadlab_policy_faults_total", "Times that a policy threw and its default was taken.", counters.PolicyFaults, "policy");
        text.Counter("loadlab_replicas_lost_total", "Replicas gone, as asked or by a fault.", counters.ReplicasLost);
    }

    private static void WriteBatches(PrometheusText text, BatchSizes batches, double? fill)
    {
        text.Family("loadlab_batches_total", "counter", "Batches started, by their number of jobs.");
        foreach (var (size, count) in batches.Counts)
        {
            text.Sample("loadlab_batches_total", count, ("size", size.ToString(CultureInfo.InvariantCulture)));
        }

        text.Counter("loadlab_batch_jobs_total", "Jobs in the batches started.", batches.Jobs);
        text.Gauge("loadlab_batch_fill_ratio", "Jobs in batches over the jobs that as many full batches hold.", fill ?? 0);
    }

    private static void WriteLoads(PrometheusText text, ServingCounters counters)
    {
        (string Kind, Spans Spans)[] all = [("cold", counters.Loads), ("ping", counters.Pings), ("unload", counters.Unloads)];
        text.Family("loadlab_model_loads_total", "counter", "Loads of a model that was not loaded (cold), warm-ups of one that was (ping), unloads.");
        foreach (var (kind, spans) in all)
        {
            text.Sample("loadlab_model_loads_total", spans.Count, ("kind", kind));
        }

        text.Family("loadlab_model_load_seconds_total", "counter", "Time of replicas spent on them.");
        foreach (var (kind, spans) in all)
        {
            text.Sample("loadlab_model_load_seconds_total", spans.Time.Seconds, ("kind", kind));
        }

        text.Counter("loadlab_model_load_failures_total", "Loads that failed.", counters.LoadFailures);
        text.Family("loadlab_cold_start_latest_seconds", "gauge", "Segments of the latest cold start: boot, load, first batch, and what that took beyond the median of those after it (penalty).");
        if (counters.LatestColdStart is { } latest)
        {
            Segment(text, "boot", latest.Ready - latest.Provisioned);
            Segment(text, "load", latest.Loaded - latest.Load);
            Segment(text, "first-batch", latest.FirstEnd - latest.FirstStart);
            Segment(text, "penalty", latest.FirstCallPenalty);
        }
    }

    private static void WriteSafety(PrometheusText text, ServingCounters counters)
    {
        (string Phase, SafetyCounts Counts)[] phases = [("before", counters.Before), ("after", counters.After)];
        void Family(string name, string help, Func<SafetyCounts, double> value)
        {
            text.Family(name, "counter", help);
            foreach (var (phase, counts) in phases)
            {
                text.Sample(name, value(counts), ("phase", phase));
            }
        }

        Family("loadlab_safety_checks_total", "Content checks answered.", counts => counts.Answered.Count);
        Family("loadlab_safety_check_seconds_total", "Time that jobs waited for content checks, answered or not.", counts => (counts.Answered.Time + counts.Unanswered.Time).Seconds);
        Family("loadlab_safety_unanswered_total", "Content checks without an answer within their limit.", counts => counts.Unanswered.Count);
        Family("loadlab_safety_refused_total", "Jobs refused for their content.", counts => counts.Refused);
        Family("loadlab_safety_refused_gpu_seconds_total", "GPU time of the jobs refused for their content.", counts => counts.RefusedGpu.Seconds);
    }

    private static void WriteTenants(PrometheusText text, ServingCounters counters)
    {
        text.Counter("loadlab_gpu_seconds_total", "Time of replicas given to jobs whose batches have ended.", counters.Gpu.Seconds);
        text.Counter("loadlab_wasted_gpu_seconds_total", "The part of it spent on attempts that failed and on clips that were refused.", counters.WastedGpu.Seconds);
        text.Gauge("loadlab_tenants", "Tenants seen.", counters.Tenants.Count);
        text.Gauge("loadlab_fairness_jain_index", "Fairness of GPU time by weight among tenants: 1 = all got their share, 1/tenants = one got all; NaN before any time was given.", counters.Tenants.JainIndex ?? double.NaN);
        text.Family("loadlab_tenant_gpu_seconds", "gauge", "GPU time of the tenants that got most.");
        foreach (var (tenant, gpu) in counters.Tenants.Top(MaxTenants))
        {
            text.Sample("loadlab_tenant_gpu_seconds", gpu.Seconds, ("tenant", tenant));
        }
    }

    private static void Segment(PrometheusText text, string segment, Duration? time)
    {
        if (time is { } known)
        {
            text.Sample("loadlab_cold_start_latest_seconds", known.Seconds, ("segment", segment));
        }
    }

    private static void Reasons(PrometheusText text, string name, string help, ReasonCounts counts, string label = "reason")
    {
        text.Family(name, "counter", help);
        foreach (var (reason, count) in counts)
        {
            text.Sample(name, count, (label, reason));
        }
    }
}
