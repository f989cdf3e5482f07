using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>The clients of a simulation: send each call at its intended instant, give up when their patience ends, and count, or record, what became of it.</summary>
/// <param name="schedule">The arrivals.</param>
/// <param name="timeline">Where patience ends.</param>
/// <param name="keep">Whether a row is kept of every call.</param>
/// <param name="bound">The longest latency that counts as in time.</param>
/// <param name="ended">Hears of each call as it ends.</param>
internal sealed class SimulatedClients(Schedule schedule, VirtualTimeline timeline, bool keep = true, Duration? bound = null, Action<EndedCall>? ended = null) : IJobHost
{
    private readonly List<CallRecord?>? _ended = keep ? new(schedule.Calls.Count) : null;
    private readonly OpenCalls _open = new();
    private readonly NumberTable<Decision.Start> _batches = new();
    private readonly ClosedUsers? _users = schedule.ClosedUsers is null ? null : new ClosedUsers(schedule);
    private Instant? _next = schedule.ClosedUsers is null && schedule.Calls.Count > 0 ? schedule.IntendedOf(0) : null;
    private int _sent;
    private int _done;

    public CallTally Tally { get; } = new(bound);

    /// <summary>What a call takes to reach the server.</summary>
    public Duration Request { get; init; }

    /// <summary>What the end of a call takes to reach its client: a user of a closed loop sends the next no sooner.</summary>
    public Duration Answer { get; init; }

    /// <summary>From the end of a batch's decoding to its being done.</summary>
    public Duration Dispatch { get; init; }

    /// <summary>After <see cref="Close(Instant)"/>: one row for every planned call, in order of index; of a closed loop for every call that came due. Empty when none are kept.</summary>
    public IReadOnlyList<CallRecord> Records => _ended is null ? [] : [.. _ended.Select(row => row!)];

    /// <summary>Whether calls are on their way or still to be sent.</summary>
    public bool Open => _done < _sent || NextArrival is not null;

    /// <summary>Calls that were sent.</summary>
    public int Sent => _sent;

    /// <summary>Calls that were sent and have not ended.</summary>
    public int InSystem => _sent - _done;

    public Instant LastEnd { get; private set; }

    public Instant LastSent { get; private set; }

    /// <summary>When the next call reaches the server; null when all were sent, or while every user of a closed loop waits.</summary>
    public Instant? NextArrival => (_users is not null ? _users.Next : _next) + Request;

    /// <summary>Hands the next call to the server; the clock stands at <see cref="NextArrival"/>.</summary>
    public ServingEvent.Arrived Send()
    {
        var index = _sent++;
        var kind = schedule.KindOf(index);
        var intended = _users?.Start().Intended ?? schedule.IntendedOf(index);
        _ended?.Add(null);
        ref var state = ref _open.Open();
        (state.Kind, state.Intended) = (kind, intended);
        LastSent = intended;
        _next = _users is null && _sent < schedule.Calls.Count ? schedule.IntendedOf(_sent) : null;
        if (schedule.PatienceOf(index) is { } patience)
        {
            state.Patience = timeline.Set(intended + patience, new ServingEvent.Cancelled(new JobId(index)));
        }

        return new ServingEvent.Arrived(new JobView
        {
            Id = new JobId(index),
            Received = intended + Request,
            Model = new ModelId(kind.Model),
            Width = kind.Width,
            Height = kind.Height,
            Frames = kind.Frames,
            Steps = kind.Steps,
            Guided = SimulatedWork.IsGuided(kind),
            Quality = kind.Quality,
            Tier = kind.Tier,
            Tenant = kind.Tenant,
            Deadline = kind.Deadline is { } deadline ? intended + Request + deadline : null,
            PromptHash = schedule.PromptHashOf(index),
        });
    }

    public void Seen(Instant now, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.StageDone done:
                Stamp(now, done.Batch, done.Stage);
                break;
            case ServingEvent.BatchDone done:
                Stamp(now - Dispatch, done.Batch, Stage.Decode);
                _batches.Remove(done.Batch.Value);
                break;
            case ServingEvent.BatchFailed failed:
                _batches.Remove(failed.Batch.Value);
                break;
        }
    }

    public void Decided(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Admit admit:
                (_open[admit.Job.Value].Queued, _open[admit.Job.Value].Lighter) = (now, admit.Serve);
                break;
            case Decision.Start start:
                Begin(now, start);
                break;
            case Decision.Retry retry:
                ForgetBatch(retry.Job);
                break;
            case Decision.Requeue requeue:
                ForgetBatch(requeue.Job);
                break;
            case Decision.Finish finish:
                End(now, finish.Job, (Outcome.Completed, ""));
                break;
            case Decision.Refuse refuse:
                End(now, refuse.Job, ClientWords.Of(refuse));
                break;
            case Decision.Reject reject:
                End(now, reject.Job, ClientWords.Of(reject));
                break;
            case Decision.Fail fail:
                ForgetBatch(fail.Job);
                End(now, fail.Job, (Outcome.Failed, fail.Reason));
                break;
            case Decision.Drop drop:
                End(now, drop.Job, (Outcome.Abandoned, "patience"));
                break;
        }
    }

    /// <summary>The run is over: what was sent and did not end, and what was never sent, is unfinished.</summary>
    public void Close(Instant now)
    {
        foreach (var index in _open.Indices.ToList())
        {
            End(now, new JobId(index), (Outcome.Unfinished, "run-ended"));
        }

        for (var index = _sent; _users is null && index < schedule.Calls.Count; index++)
        {
            _ended?.Add(null);
            Leave(index, schedule.KindOf(index), schedule.IntendedOf(index));
        }
    }

    private void Leave(int index, ScheduledCall kind, Instant intended)
    {
        Tally.Add(kind.Tier, Outcome.Unfinished, default);
        _ended?[index] = CallRecord.Unfinished(kind with { Index = index, Intended = intended });
    }

    /// <summary>A new batch is a new attempt of its jobs; a later stage of a pipeline goes on with the batch of the first.</summary>
    private void Begin(Instant now, Decision.Start start)
    {
        _batches[start.Batch.Value] = start;
        var jobs = start.JobSpan();
        foreach (var job in jobs)
        {
            ref var state = ref _open[job.Value];
            if (state.Started is null || state.Batch != start.Batch)
            {
                (state.Started, state.TextEnd, state.DenoiseEnd, state.DecodeEnd) = (now, null, null, null);
                (state.Batch, state.BatchSize) = (start.Batch, jobs.Length);
                state.FirstStarted ??= now;
                state.Attempts++;
            }

            state.Replica = start.Replica.Value;
        }
    }

    /// <summary>A batch ends unheard when its replica is lost.</summary>
    private void ForgetBatch(JobId id)
    {
        if (_open.Has(id.Value) && _open[id.Value] is { Started: not null, Batch: var batch })
        {
            _batches.Remove(batch.Value);
        }
    }

    private void Stamp(Instant now, BatchId batch, Stage stage)
    {
        if (_batches.Find(batch.Value) is not { } start)
        {
            return;
        }

        foreach (var id in start.JobSpan())
        {
            if (!_open.Has(id.Value))
            {
                continue;
            }

            ref var state = ref _open[id.Value];
            switch (stage)
            {
                case Stage.Text:
                    state.TextEnd = now;
                    break;
                case Stage.Denoise:
                    state.DenoiseEnd = now;
                    break;
                case Stage.Decode:
                    state.DecodeEnd = now;
                    break;
            }
        }
    }

    private void End(Instant now, JobId id, (Outcome Outcome, string Reason) end)
    {
        if (!_open.Has(id.Value))
        {
            throw new InvalidOperationException($"call {id.Value} ended twice");
        }

        ref var state = ref _open[id.Value];
        if (state.Patience is { } patience)
        {
            timeline.Cancel(patience);
        }

        ended?.Invoke(new EndedCall((int)id.Value, end.Outcome, state.Intended + Request, state.Queued, state.FirstStarted, state.Started, now, state.BatchSize, state.Attempts));
        Tally.Add(state.Kind.Tier, end.Outcome, new CallTimes(now - state.Intended, state.Started - state.Queued, (state.DecodeEnd ?? now) - state.Started, state.Kind.Deadline));
        _ended?[(int)id.Value] = Record((int)id.Value, state, now, Answer, end);
        _open.Close(id.Value);
        _users?.Ended((int)id.Value, now + Answer);
        LastEnd = now;
        _done++;
    }

    private static CallRecord Record(int index, in CallState state, Instant now, Duration answer, (Outcome Outcome, string Reason) end) => CallRecord.Of(state.Kind, end.Outcome, end.Reason) with
    {
        Call = index,
        Intended = state.Intended,
        Sent = state.Intended,
        Accepted = state.Queued,
        Queued = state.Queued,
        Started = state.Started,
        TextEnd = state.TextEnd,
        DenoiseEnd = state.DenoiseEnd,
        DecodeEnd = state.DecodeEnd,
        Completed = end.Outcome == Outcome.Completed ? now : null,
        Polled = now + answer,
        PollError = Duration.Zero,
        ServedModel = state.Started is null ? "" : state.Lighter?.Name ?? state.Kind.Model,
        Batch = state.Started is null ? null : (int)state.Batch.Value,
        BatchSize = state.Started is null ? null : state.BatchSize,
        Replica = state.Started is null ? null : state.Replica,
        Attempts = state.Attempts,
    };
}
