using LoadLab.Core;

namespace LoadLab.Serving.Recovery;

internal enum BreakerState
{
    /// <summary>All is well.</summary>
    Closed,

    /// <summary>New jobs are refused at once and nothing starts.</summary>
    Open,

    /// <summary>It was open long enough: one batch may try.</summary>
    HalfOpen,
}

/// <summary>
/// The circuit breaker of one model (Nygard, Release It!, 2007): so many failed batches in a row open it; after a while one batch may try; its success closes the
/// breaker and its failure opens it again. Only faults count, see <see cref="FailureCause.IsFault"/>.
/// </summary>
internal sealed class Breaker(RecoveryOptions options)
{
    private int _inARow;
    private Instant? _opened;
    private bool _tries;

    public BreakerState StateAt(Instant now) =>
        _opened is not { } opened ? BreakerState.Closed
        : now < opened + options.BreakerOpen ? BreakerState.Open
        : BreakerState.HalfOpen;

    /// <summary>Whether a new job may be let in. While the trial runs no: it would wait for a verdict that may be bad.</summary>
    public bool Lets(Instant now) => StateAt(now) switch
    {
        BreakerState.Closed => true,
        BreakerState.HalfOpen => !_tries,
        _ => false,
    };

    /// <summary>Whether a batch may start; asked just before it does. When half-open the answer is yes once, until that batch has ended.</summary>
    public bool TakesTrial(Instant now)
    {
        if (!Lets(now))
        {
            return false;
        }

        _tries = _opened is not null;
        return true;
    }

    /// <summary>A batch is done. One that started before the breaker opened says nothing while it is open.</summary>
    public void Success(Instant now)
    {
        if (StateAt(now) != BreakerState.Open)
        {
            (_inARow, _opened, _tries) = (0, null, false);
        }
    }

    /// <summary>A batch failed by a fault.</summary>
    public void Failure(Instant now)
    {
        var state = StateAt(now);
        _inARow += state == BreakerState.Closed ? 1 : 0;
        if (options.BreakerFailures > 0 && (state == BreakerState.HalfOpen || (state == BreakerState.Closed && _inARow >= options.BreakerFailures)))
        {
            (_opened, _tries) = (now, false);
        }
    }

    /// <summary>A batch ended in a way that says nothing of the model: cancelled, or too large for the memory. Another may try.</summary>
    public void NoVerdict() => _tries = false;

    /// <summary>When asking again may help: zero when a job is let in now; while the trial runs, as long as the breaker would stay open if it failed.</summary>
    public Duration RetryAfter(Instant now) => StateAt(now) switch
    {
        BreakerState.Open => _opened!.Value + options.BreakerOpen - now,
        BreakerState.HalfOpen when _tries => options.BreakerOpen,
        _ => Duration.Zero,
    };
}
