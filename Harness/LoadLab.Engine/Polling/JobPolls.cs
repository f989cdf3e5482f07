using LoadLab.Core;
using LoadLab.Engine.Pacing;

namespace LoadLab.Engine.Polling;

/// <summary>One job being followed: says when to ask, is told what was answered. A job is asked by one caller at a time.</summary>
internal sealed class JobPolls : IDisposable
{
    /// <summary>A poll that this machine is later with than this takes another slot: polls held up together must not be made together.</summary>
    private static readonly Duration s_mostLate = Duration.FromMilliseconds(50);

    private readonly PollBook _book;
    private readonly JobKind _kind;
    private readonly Instant _sent;
    private readonly int _index;
    private PollState _state;
    private double _demand;
    private Instant _at;
    private ProgressLine _progress;
    private double _pending;
    private Duration? _pause;

    internal JobPolls(PollBook book, JobKind kind, Instant sent)
    {
        (_book, _kind, _sent) = (book, kind, sent);
        _index = kind.Add();
    }

    private enum PollState
    {
        /// <summary>Nothing is known of the next poll.</summary>
        Unplanned,

        /// <summary>The poll is wanted at an instant.</summary>
        Planned,

        /// <summary>The poll has its instant.</summary>
        Booked,

        /// <summary>The poll missed its instant and has another; however late for that one, it is made.</summary>
        BookedAgain,
    }

    /// <summary>How long to wait before calling this again; null = ask now.</summary>
    public Duration? Next(Instant now)
    {
        lock (_book.Gate)
        {
            if (_state == PollState.Unplanned)
            {
                _at = Plan(now);
                _state = PollState.Planned;
                if (_at - _book.Budget.Lead > now)
                {
                    return _at - _book.Budget.Lead - now;
                }
            }

            if (_state == PollState.Planned || (_state == PollState.Booked && now - _at > s_mostLate))
            {
                _at = _book.Budget.Book(now, _at);
                _state = _state == PollState.Planned ? PollState.Booked : PollState.BookedAgain;
            }

            return _at > now ? _at - now : null;
        }
    }

    /// <summary>Waits until the job should be asked.</summary>
    /// <param name="clock">The run's.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task WaitAsync(IRunClock clock, CancellationToken stop)
    {
        var now = clock.Now;
        while (Next(now) is { } wait)
        {
            // A delay counts whole milliseconds and cuts off the rest.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.Milliseconds)), _book.Time, stop).ConfigureAwait(false);
            now = Instant.Max(clock.Now, now + wait);
        }
    }

    /// <summary>The job was on its way.</summary>
    /// <param name="asked">Just before the request.</param>
    /// <param name="progress">What the service said of it, as a share from 0 to 1; null when it says nothing.</param>
    public void Pending(Instant asked, double? progress)
    {
        lock (_book.Gate)
        {
            _pause = null;
            Forget();
            var age = (asked - _sent).Seconds;
            if (age <= _pending)
            {
                return;
            }

            _kind.Lives.Survived(_pending, age);
            _kind.Progress.Pending(_progress, age, age * _book.Policy.Close);
            _pending = age;
            if (progress is { } share)
            {
                _progress.Read(age, share);
            }
        }
    }

    /// <summary>The poll did not tell: the next is not wanted before a pause, and not by the job's age.</summary>
    public void Again(Duration pause)
    {
        lock (_book.Gate)
        {
            _pause = pause;
            Forget();
        }
    }

    /// <summary>The job was found ended.</summary>
    /// <param name="age">Since it was sent: of its end where the service's clock tells it, otherwise of the answer.</param>
    public void Ended(Duration age)
    {
        lock (_book.Gate)
        {
            var seconds = Math.Max(age.Seconds, _pending);
            _kind.Lives.Ended(_pending, seconds);
            _kind.Progress.Ended(_progress, seconds, Math.Max(seconds - _pending, seconds * _book.Policy.Close));
            Forget();
        }
    }

    /// <summary>The job is followed no longer.</summary>
    public void Dispose()
    {
        lock (_book.Gate)
        {
            Forget();
        }
    }

    private void Forget()
    {
        if (_state != PollState.Unplanned)
        {
            _book.Budget.Leave(_demand);
            _state = PollState.Unplanned;
        }
    }

    private Instant Plan(Instant now)
    {
        var (since, wait) = Wanted(now);
        (_demand, wait) = _book.Budget.Enter(wait);
        return since + wait;
    }

    /// <summary>Where the wait begins and how long it should be.</summary>
    private (Instant Since, Duration Wait) Wanted(Instant now)
    {
        if (_pause is { } pause)
        {
            return (now, pause);
        }

        var expected = _kind.Progress.Earned ? _progress.End : null;
        var next = _book.Policy.Next(_kind.LivesAt(now), _pending, _index, expected, _book.Budget.Pressure);
        return (_sent + Duration.FromSeconds(_pending), Duration.FromSeconds(next - _pending));
    }
}
