using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Safety;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>The content check of a simulation: takes its time and refuses a share of the prompts, by hash; the same prompt is judged alike under every policy.</summary>
internal sealed class SimulatedSafety(Schedule schedule, SafetyOptions options, VirtualTimeline timeline, Seed seed)
{
    private readonly Seed _before = seed.Derive("safety-before");
    private readonly Seed _after = seed.Derive("safety-after");

    public void Decided(Instant now, Decision d)
    {
        if (d is Decision.Check { Job: var job, Phase: var phase } && options.Of(phase) is { } check)
        {
            var hashes = phase == SafetyPhase.Before ? _before : _after;
            var allowed = hashes.ShareOf(schedule.PromptHashOf((int)(job.Value % schedule.Calls.Count))) >= check.RefusedShare;
            timeline.Set(now + check.Takes, new ServingEvent.SafetyChecked(job, phase, allowed, allowed ? "" : "refused by the simulated check"));
        }
    }
}
