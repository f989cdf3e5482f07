using LoadLab.Core;

namespace LoadLab.Serving.Recovery;

/// <summary>
/// The breakers of all models. A model has one from its first failed batch until the next that succeeds, so there are never more than models served, whatever names
/// clients ask for.
/// </summary>
internal sealed class Breakers(RecoveryOptions options)
{
    private readonly Dictionary<ModelId, Breaker> _failing = [];

    public BreakerState StateAt(ModelId model, Instant now) => Find(model)?.StateAt(now) ?? BreakerState.Closed;

    /// <inheritdoc cref="Breaker.Lets"/>
    public bool Lets(ModelId model, Instant now) => Find(model)?.Lets(now) ?? true;

    /// <inheritdoc cref="Breaker.TakesTrial"/>
    public bool TakesTrial(ModelId model, Instant now) => Find(model)?.TakesTrial(now) ?? true;

    /// <inheritdoc cref="Breaker.RetryAfter"/>
    public Duration RetryAfter(ModelId model, Instant now) => Find(model)?.RetryAfter(now) ?? Duration.Zero;

    public void Success(ModelId model, Instant now)
    {
        Find(model)?.Success(now);
        if (StateAt(model, now) == BreakerState.Closed)
        {
            _failing.Remove(model);
        }
    }

    /// <param name="model">The served model.</param>
    /// <param name="now">The instant.</param>
    /// <param name="cause">Why its batch or its load failed; only a fault counts.</param>
    public void Failure(ModelId model, Instant now, string cause)
    {
        if (!FailureCause.IsFault(cause))
        {
            Find(model)?.NoVerdict();
            return;
        }

        if (options.BreakerFailures == 0)
        {
            return;
        }

        if (Find(model) is not { } breaker)
        {
            _failing.Add(model, breaker = new Breaker(options));
        }

        breaker.Failure(now);
    }

    private Breaker? Find(ModelId model) => _failing.Count == 0 ? null : _failing.GetValueOrDefault(model);
}
