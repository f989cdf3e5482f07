using LoadLab.Core;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Metrics;

namespace LoadLab.Serving;

/// <summary>
/// Books every nanosecond of every provisioned replica to one of busy, drain, load, down and idle, from events and decisions as they pass or from a journal. Of busy,
/// what attempts took that failed or whose clip was refused is wasted too; a client's leaving wastes nothing here, it has an outcome of its own.
/// A replica under repair is down, whatever it was doing; a lost one is gone and no longer provisioned. Steps that a checkpoint has kept are wasted only when their job starts again
/// or fails in the end.
/// </summary>
public sealed class ReplicaUsageAccount
{
    private readonly NumberTable<Entry> _entries = new();
    private readonly RunningWork _work = new();
    private readonly NumberTable<List<(ReplicaId Replica, Duration Time)>> _attempts = new();
    private readonly NumberTable<List<(ReplicaId Replica, Duration Time)>> _kept = new();
    private readonly Stack<List<(ReplicaId Replica, Duration Time)>> _spare = [];
    private Instant _last = new(long.MinValue);

    /// <summary>The account of a journal, closed at <paramref name="end"/> or at its last line.</summary>
    public static IReadOnlyList<ReplicaUsage> OfJournal(string path, Instant? end = null)
    {
        using var reader = JournalReader.Open(path);
        var account = new ReplicaUsageAccount();
        foreach (var entry in reader.Entries())
        {
            if (entry.Event is { } e)
            {
                account.Add(entry.Now, e);
            }
            else
            {
                account.Add(entry.Now, entry.Decision!);
            }
        }

        return account.Close(end is { } at ? Instant.Max(at, account._last) : account._last);
    }

    public void Add(Instant now, ServingEvent e)
    {
        _last = now;
        if (_work.End(now, e) is { } work)
        {
            End(now, work);
        }

        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned:
                Book(provisioned.Replica, now)?.Begin(now);
                break;
            case ServingEvent.ReplicaReady ready:
                Book(ready.Replica, now)?.Ready();
                break;
            case ServingEvent.ModelLoaded loaded:
                Book(loaded.Replica, now)?.Loads = false;
                break;
            case ServingEvent.LoadFailed failed:
                Book(failed.Replica, now)?.Loads = false;
                break;
            case ServingEvent.ModelUnloaded unloaded:
                Book(unloaded.Replica, now)?.Loads = false;
                break;
            case ServingEvent.ReplicaDown down:
                Book(down.Replica, now)?.Down = true;
                break;
            case ServingEvent.ReplicaRepaired repaired:
                Book(repaired.Replica, now)?.Down = false;
                break;
            case ServingEvent.ReplicaLost lost:
                Book(lost.Replica, now)?.Leave(now);
                break;
        }
    }

    public void Add(Instant now, Decision d)
    {
        _last = now;
        switch (d)
        {
            case Decision.Provision provision:
                _entries[provision.Replica.Value] = new Entry(provision.Replica, provision.Kind);
                break;
            case Decision.Release release:
                Book(release.Replica, now)?.Released = true;
                break;
            case Decision.Load load:
                Book(load.Replica, now)?.Loads = true;
                break;
            case Decision.Unload unload:
                Book(unload.Replica, now)?.Loads = true;
                break;
            case Decision.Start start:
                Start(now, start);
                break;
            case Decision.Retry retry:
                Waste(_attempts, retry.Job);
                break;
            case Decision.Requeue requeue:
                Waste(_attempts, requeue.Job);
                break;
            case Decision.Fail fail:
                WasteAll(fail.Job);
                break;
            case Decision.Reject reject:
                WasteAll(reject.Job);
                break;
            case Decision.Finish finish:
                Forget(finish.Job);
                break;
            case Decision.Drop drop:
                Forget(drop.Job);
                break;
        }
    }

    /// <summary>Every replica that was provisioned, in order of number; those that still are end at <paramref name="end"/>.</summary>
    public IReadOnlyList<ReplicaUsage> Close(Instant end)
    {
        var usages = new List<ReplicaUsage>();
        foreach (var entry in _entries.Values.OrderBy(entry => entry.Id.Value))
        {
            entry.Book(end);
            if (entry.Usage(end) is { } usage)
            {
                usages.Add(usage);
            }
        }

        return usages;
    }

    private void Start(Instant now, Decision.Start start)
    {
        if (_work.Start(now, start) is { } left)
        {
            End(now, left);
        }

        Book(start.Replica, now)?.Runs = true;
        foreach (var job in start.JobSpan())
        {
            if (_attempts.Find(job.Value) is null)
            {
                _attempts.TryAdd(job.Value, _spare.TryPop(out var spare) ? spare : []);
            }

            if (start.FromStep == 0 && start.Stage is Stage.Whole or Stage.Text)
            {
                Waste(_kept, job);
            }
        }
    }

    private void End(Instant now, EndedWork work)
    {
        Book(work.Start.Replica, now)?.Runs = false;
        var jobs = work.Start.JobSpan();
        for (var i = 0; i < jobs.Length; i++)
        {
            var job = jobs[i];
            if (_attempts.Find(job.Value) is not { } attempt)
            {
                continue;
            }

            var lost = work.Lost(i);
            attempt.Add((work.Start.Replica, lost));
            if (!work.Done && work.Share(i) - lost is var kept && kept > Duration.Zero)
            {
                _kept.TryAdd(job.Value, []);
                _kept[job.Value].Add((work.Start.Replica, kept));
            }
        }
    }

    /// <summary>What these pieces of the job's work took was for nothing.</summary>
    private void Waste(NumberTable<List<(ReplicaId Replica, Duration Time)>> pieces, JobId job)
    {
        if (pieces.Find(job.Value) is not { } wasted)
        {
            return;
        }

        foreach (var (replica, time) in wasted)
        {
            _entries.Find(replica.Value)?.Waste(time);
        }

        wasted.Clear();
    }

    private void WasteAll(JobId job)
    {
        Waste(_attempts, job);
        Waste(_kept, job);
        Forget(job);
    }

    private void Forget(JobId job)
    {
        if (_attempts.Remove(job.Value, out var attempt))
        {
            attempt.Clear();
            _spare.Push(attempt);
        }

        _kept.Remove(job.Value);
    }

    private Entry? Book(ReplicaId id, Instant now)
    {
        var entry = _entries.Find(id.Value);
        entry?.Book(now);
        return entry;
    }

    private sealed class Entry(ReplicaId id, ReplicaKind kind)
    {
        public ReplicaId Id => id;

        private Instant? _provisioned;
        private Instant _since;
        private Duration _busy;
        private Duration _wasted;
        private Duration _load;
        private Duration _boot;
        private Duration _drain;
        private bool _ready;
        private Duration _down;

        public bool Loads { get; set; }

        public bool Runs { get; set; }

        public bool Released { get; set; }

        public bool Down { get; set; }

        public Instant? Gone { get; private set; }

        public void Begin(Instant now)
        {
            _provisioned ??= now;
            _since = now;
            Loads = true;
        }

        public void Ready() => (_ready, Loads) = (true, false);

        public void Leave(Instant now) => Gone ??= now;

        public void Waste(Duration time) => _wasted += time;

        /// <summary>Books the time since the last booking to what the replica did in it.</summary>
        public void Book(Instant now)
        {
            if (_provisioned is null || Gone is not null)
            {
                return;
            }

            var passed = now - _since;
            _since = now;
            if (Down)
            {
                _down += passed;
            }
            else if (Runs)
            {
                _busy += passed;
            }
            else if (Released)
            {
                _drain += passed;
            }
            else if (Loads)
            {
                _load += passed;
                _boot += _ready ? Duration.Zero : passed;
            }
        }

        public ReplicaUsage? Usage(Instant end) => _provisioned is not { } provisioned ? null : new ReplicaUsage
        {
            Replica = id,
            Kind = kind,
            Provisioned = provisioned,
            Gone = Gone ?? end,
            Busy = _busy,
            Wasted = _wasted,
            Load = _load,
            Boot = _boot,
            Drain = _drain,
            Down = _down,
        };
    }
}
