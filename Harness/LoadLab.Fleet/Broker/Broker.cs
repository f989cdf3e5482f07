using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>
/// Stands between the serving core and the clients and delivers each call at least once. To the core, which retries nothing then, every delivery is a job of its own; to
/// the client they are one call, which the first good end completes. The clients hear of a call's deliveries when the call ends, the one that ended it last.
/// </summary>
/// <remarks>Job number = index of the call + calls x deliveries before.</remarks>
internal sealed class Broker(BrokerOptions options, int calls, VirtualTimeline timeline, Agenda agenda, IJobHost clients, Func<ReplicaKind, int> gpusOf) : IJobHost
{
    private readonly Dictionary<JobId, Message> _messages = [];
    private readonly Dictionary<JobId, Delivery> _deliveries = [];
    private readonly Dictionary<BatchId, RunningBatch> _running = [];
    private readonly Dictionary<ReplicaId, int> _gpus = [];
    private int _delivered;
    private int _redelivered;
    private int _duplicates;
    private int _deadLetters;
    private double _duplicateSeconds;

    public BrokerCounts Counts => new() { Deliveries = _delivered, Redeliveries = _redelivered, Duplicates = _duplicates, DuplicateTime = new GpuTime(_duplicateSeconds), DeadLetters = _deadLetters };

    /// <summary>Whether the job's call was completed before, so that its run was for nothing.</summary>
    public bool IsDuplicate(JobId job) => _deliveries.GetValueOrDefault(job) is { Message.Completed: true };

    /// <summary>A worker that has done a job deletes its message before it is free: the jobs to take back from the core before it hears of the batch's end.</summary>
    public IReadOnlyList<JobId> Deletes(ServingEvent e)
    {
        if (e is not ServingEvent.BatchDone done || _running.GetValueOrDefault(done.Batch) is not { } batch)
        {
            return [];
        }

        var back = new List<JobId>();
        foreach (var job in batch.Start.Jobs)
        {
            if (_deliveries.GetValueOrDefault(job) is { Message: { Done: false } message })
            {
                Delete(message);
                back.AddRange(message.Deliveries.Where(delivery => delivery is { Open: true, Runs: false }).Select(delivery => delivery.Job));
            }
        }

        return back;
    }

    public void Seen(Instant now, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.Arrived arrived when !_deliveries.ContainsKey(arrived.Job.Id):
                _messages.Add(arrived.Job.Id, new Message(arrived.Job));
                Deliver(_messages[arrived.Job.Id], arrived.Job.Id);
                break;
            case ServingEvent.Cancelled cancelled when cancelled.Job.Value < calls:
                GiveUp(now, cancelled.Job);
                break;
            case ServingEvent.StageDone done:
                _running.GetValueOrDefault(done.Batch)?.Stages.Add((now, done.Stage));
                break;
            case ServingEvent.BatchDone done when _running.Remove(done.Batch, out var batch):
                batch.Stages.Add((now, Stage.Decode));
                break;
            case ServingEvent.BatchFailed failed:
                _running.Remove(failed.Batch);
                break;
        }
    }

    public void Decided(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Provision provision:
                _gpus[provision.Replica] = gpusOf(provision.Kind);
                break;
            case Decision.Admit admit when _deliveries.GetValueOrDefault(admit.Job) is { } delivery:
                delivery.Lighter = admit.Serve;
                delivery.Message.Queued ??= now;
                break;
            case Decision.Start start:
                Start(now, start);
                break;
            case Decision.Requeue requeue when _deliveries.GetValueOrDefault(requeue.Job) is { } delivery:
                HandBack(delivery);
                break;
            case Decision.Finish finish:
                End(now, finish.Job, finish);
                break;
            case Decision.Fail fail:
                Fail(now, fail);
                break;
            case Decision.Reject reject:
                Refuse(now, reject.Job, reject);
                break;
            case Decision.Refuse refuse:
                Refuse(now, refuse.Job, refuse);
                break;
            case Decision.Drop drop:
                Close(now, drop.Job);
                break;
        }
    }

    private void Deliver(Message message, JobId job)
    {
        var delivery = new Delivery(message, job);
        message.Deliveries.Add(delivery);
        _deliveries.Add(job, delivery);
    }

    /// <summary>Jobs that a worker takes are hidden from now on. A later stage of a pipeline is no new delivery.</summary>
    private void Start(Instant now, Decision.Start start)
    {
        if (_running.TryGetValue(start.Batch, out var batch))
        {
            batch.Start = start;
            return;
        }

        batch = new RunningBatch(start, now);
        _running.Add(start.Batch, batch);
        foreach (var job in start.Jobs)
        {
            var delivery = _deliveries[job];
            delivery.Batches.Add(batch);
            delivery.Runs = true;
            _delivered++;
            if (options.Heartbeat is null)
            {
                Hide(delivery, now + options.VisibilityTimeout);
            }
        }
    }

    private void Hide(Delivery delivery, Instant until)
    {
        Show(delivery);
        delivery.Timeout = agenda.Set(Instant.Max(until, timeline.Now), () => Return(delivery));
    }

    private void Show(Delivery delivery)
    {
        if (delivery.Timeout is { } timeout)
        {
            agenda.Cancel(timeout);
            delivery.Timeout = null;
        }
    }

    /// <summary>A worker that is preempted or told to go hands its jobs back.</summary>
    private void HandBack(Delivery delivery)
    {
        delivery.Runs = false;
        Show(delivery);
    }

    /// <summary>The visibility timeout ends: the job is there again for any worker, or a dead letter when that was its last delivery and nobody runs it.</summary>
    private void Return(Delivery delivery)
    {
        (delivery.Timeout, delivery.Returned) = (null, true);
        var message = delivery.Message;
        if (message.Deliveries.Count >= options.MaxDeliveries)
        {
            Bury(timeline.Now, message);
            return;
        }

        var again = new JobId(message.View.Id.Value + ((long)message.Deliveries.Count * calls));
        Deliver(message, again);
        _redelivered++;
        timeline.Set(timeline.Now, new ServingEvent.Arrived(message.View with { Id = again, Received = timeline.Now }));
    }

    /// <summary>A run failed, or its worker was lost: the message is not deleted and comes back in its time.</summary>
    private void Fail(Instant now, Decision.Fail fail)
    {
        if (Close(now, fail.Job) is not { Message.Deleted: false } delivery || fail.Reason == "shutdown")
        {
            return;
        }

        if (delivery.Returned)
        {
            Bury(now, delivery.Message);
        }
        else if (delivery.Timeout is null)
        {
            Hide(delivery, LastSign(now, delivery) + options.VisibilityTimeout);
        }
    }

    /// <summary>When its worker last asked for more time: a whole number of heartbeats after it took the job.</summary>
    private Instant LastSign(Instant now, Delivery delivery) => delivery.Batches is [.., var batch] && options.Heartbeat is { } beat
        ? now - new Duration((now - batch.Started).Nanoseconds % beat.Nanoseconds)
        : now;

    private void Bury(Instant now, Message message)
    {
        if (!message.Done && message.Deliveries.Count >= options.MaxDeliveries && !message.IsOut && message.Deliveries.TrueForAll(delivery => delivery.Returned))
        {
            _deadLetters++;
            Finish(now, message, message.Deliveries[^1], new Decision.Fail(message.View.Id, "dead-letter", "its last delivery failed"));
        }
    }

    /// <summary>A delivery that is refused ends its call; one that never ran, while the call runs elsewhere, only comes back later.</summary>
    private void Refuse(Instant now, JobId job, Decision d)
    {
        if (Close(now, job) is not { Message: var message } delivery)
        {
            return;
        }

        if (delivery.Batches.Count == 0 && message.IsOut && !message.Deleted)
        {
            Hide(delivery, now + options.VisibilityTimeout);
        }
        else if (delivery.Batches.Count > 0 || !message.IsOut)
        {
            Finish(now, message, delivery, d);
        }
    }

    private void End(Instant now, JobId job, Decision d)
    {
        if (Close(now, job) is { } delivery)
        {
            Finish(now, delivery.Message, delivery, d);
        }
    }

    /// <summary>The core is done with the delivery. Null when its call had ended before.</summary>
    private Delivery? Close(Instant now, JobId job)
    {
        if (!_deliveries.Remove(job, out var delivery))
        {
            return null;
        }

        delivery.Open = false;
        if (!delivery.Message.Done)
        {
            return delivery;
        }

        if (delivery is { Message.Completed: true, Batches: [.., var batch] })
        {
            _duplicates++;
            _duplicateSeconds += (now - batch.Started).Seconds / batch.Start.Jobs.Count * _gpus[batch.Start.Replica];
        }

        return null;
    }

    /// <summary>The client leaves: what waits of its call is withdrawn, what runs is cancelled. The first delivery may be gone while a later one waits, runs or is to come.</summary>
    private void GiveUp(Instant now, JobId call)
    {
        if (!_messages.TryGetValue(call, out var message))
        {
            return;
        }

        Finish(now, message, message.Deliveries[^1], new Decision.Drop(call, "cancelled"));
        foreach (var delivery in message.Deliveries.Where(delivery => delivery.Open && delivery.Job != call))
        {
            timeline.Set(now, new ServingEvent.Cancelled(delivery.Job));
        }
    }

    /// <summary>Nobody gets it any more.</summary>
    private void Delete(Message message)
    {
        message.Deleted = true;
        message.Deliveries.ForEach(Show);
    }

    /// <summary>The call ends: its client hears of all its runs, and of the end.</summary>
    private void Finish(Instant now, Message message, Delivery last, Decision d)
    {
        var call = message.View.Id;
        Delete(message);
        (message.Done, message.Completed) = (true, d is Decision.Finish);
        _messages.Remove(call);
        if (message.Queued is { } queued)
        {
            clients.Decided(queued, new Decision.Admit(call, d.Reason, last.Lighter));
        }

        var runs = message.Deliveries.OrderBy(delivery => delivery == last).SelectMany(delivery => delivery.Batches).ToList();
        foreach (var batch in runs)
        {
            clients.Decided(batch.Started, batch.Start with { Jobs = [.. Enumerable.Repeat(call, batch.Start.Jobs.Count)] });
        }

        foreach (var (at, stage) in runs.LastOrDefault()?.Stages ?? [])
        {
            clients.Seen(at, new ServingEvent.StageDone(runs[^1].Start.Replica, runs[^1].Start.Batch, stage));
        }

        clients.Decided(now, d switch
        {
            Decision.Finish finish => finish with { Job = call },
            Decision.Fail fail => fail with { Job = call },
            Decision.Reject reject => reject with { Job = call },
            Decision.Refuse refuse => refuse with { Job = call },
            _ => d,
        });
        foreach (var batch in runs)
        {
            clients.Seen(now, new ServingEvent.BatchFailed(batch.Start.Replica, batch.Start.Batch, "", ""));
        }
    }
}
