using LoadLab.Core;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Dispatch;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Admission;

/// <summary>How full the house is when a job asks to be let in.</summary>
/// <param name="Pending">Jobs let in that no replica works on yet.</param>
/// <param name="Waiting">Of those, the ones in the queue.</param>
/// <param name="Free">Replicas that take work.</param>
/// <param name="Ready">Replicas that have been ready.</param>
internal readonly record struct House(int Pending, int Waiting, int Free, int Ready);

/// <param name="Refused">Whether the job is not let in.</param>
/// <param name="Reason">The code.</param>
/// <param name="Serve">The lighter model that serves it; null = the one asked for.</param>
/// <param name="RetryAfter">When asking again may help; null = not known.</param>
internal readonly record struct GateVerdict(bool Refused, string Reason, ModelId? Serve = null, Duration? RetryAfter = null)
{
    public static GateVerdict Refuse(string reason, Duration? retryAfter = null) => new(true, reason, null, retryAfter);
}

/// <summary>
/// Whether a job is let in, and which model serves it. In this order: that anybody can serve its model, quotas, the breaker of its model, the lighter model under overload, the queue's limit, early
/// refusal. An emergency job passes all but the first, up to twice the queue's limit.
/// </summary>
internal sealed class Gate(ServingOptions options, TierTable tiers, Books books)
{
    /// <summary>An emergency may pass a full queue, but not without end.</summary>
    private readonly int _mostPending = options.QueueLimit + Math.Max(16, options.QueueLimit);

    private readonly Fallback _fallback = new(options.Recovery);
    private readonly ReplicaGroup[] _groups = [.. FleetPlan.Of(options)];

    public GateVerdict Ask(Instant now, JobView job, int lane, House house)
    {
        var tier = tiers.Of(lane);
        if (!IsServed(tier.Name, job.Model))
        {
            return GateVerdict.Refuse("unknown-model");
        }

        if (tier.Emergency)
        {
            return house.Pending < _mostPending ? new GateVerdict(false, "emergency") : GateVerdict.Refuse("429");
        }

        var quota = books.Quotas.Ask(now, job);
        if (!quota.Allowed)
        {
            return GateVerdict.Refuse(quota.Reason, quota.RetryAfter);
        }

        var reason = "";
        var serve = _fallback.On && job.FitsFallback ? _fallback.For(job.Model, house.Waiting, books.Wait.WaitOf(lane, house.Ready), !books.Breakers.Lets(job.Model, now), out reason) : null;
        serve = serve is { } lighter && IsServed(tier.Name, lighter) ? serve : null;
        var served = serve ?? job.Model;
        if (!books.Breakers.Lets(served, now))
        {
            return GateVerdict.Refuse("breaker-open", books.Breakers.RetryAfter(served, now));
        }

        if (house.Pending >= options.QueueLimit + house.Free)
        {
            return GateVerdict.Refuse("429", books.Wait.WaitOf(lane, house.Ready));
        }

        return Late(now, job, lane, served, house) ?? new GateVerdict(false, serve is null ? "queued" : reason, serve);
    }

    private bool IsServed(string tier, ModelId model)
    {
        foreach (var group in _groups)
        {
            if (group.Stage is Stage.Whole or Stage.Text && group.Serves(tier, model))
            {
                return true;
            }
        }

        return false;
    }

    private GateVerdict? Late(Instant now, JobView job, int lane, ModelId served, House house)
    {
        if (!options.Admission.EarlyRefusal || house.Free > 0)
        {
            return null;
        }

        var verdict = EarlyRefusal.Decide(books.Wait.WaitOf(lane, house.Ready), books.Wait.SecondsOf(BatchKey.Of(job, served)), tiers.Of(lane).MaxWait, job.Deadline, now);
        return verdict.Refused ? GateVerdict.Refuse(EarlyRefusal.Reason, verdict.RetryAfter) : null;
    }
}
