using LoadLab.Core;
using LoadLab.Serving.Journal;

namespace LoadLab.Serving;

/// <summary>
/// Books every nanosecond of every provisioned replica to one of busy, drain, load and idle, from events and decisions as they pass or from a journal.
/// A lost replica is gone and no longer provisioned, so down stays zero until nodes that fail and are still paid for exist.
/// </summary>
public sealed class ReplicaUsageAccount
{
    private readonly SortedDictionary<int, Entry> _entries = [];
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
        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned:
                Book(provisioned.Replica, now)?.Begin(now);
                break;
            case ServingEvent.ReplicaReady ready:
                Book(ready.Replica, now)?.Loads = false;
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
            case ServingEvent.BatchDone done:
                Book(done.Replica, now)?.Runs = false;
                break;
            case ServingEvent.BatchFailed failed:
                Book(failed.Replica, now)?.Runs = false;
                break;
            case ServingEvent.ReplicaLost lost:
                Book(lost.Replica, now)?.Gone = now;
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
                Book(start.Replica, now)?.Runs = true;
                break;
        }
    }

    /// <summary>Every replica that was provisioned, in order of number; those that still are end at <paramref name="end"/>.</summary>
    public IReadOnlyList<ReplicaUsage> Close(Instant end)
    {
        var usages = new List<ReplicaUsage>();
        foreach (var entry in _entries.Values)
        {
            entry.Book(end);
            if (entry.Usage(end) is { } usage)
            {
                usages.Add(usage);
            }
        }

        return usages;
    }

    private Entry? Book(ReplicaId id, Instant now)
    {
        var entry = _entries.GetValueOrDefault(id.Value);
        entry?.Book(now);
        return entry;
    }

    private sealed class Entry(ReplicaId id, ReplicaKind kind)
    {
        private Instant? _provisioned;
        private Instant _since;
        private Duration _busy;
        private Duration _load;
        private Duration _drain;

        public bool Loads { get; set; }

        public bool Runs { get; set; }

        public bool Released { get; set; }

        public Instant? Gone { get; set; }

        public void Begin(Instant now)
        {
            _provisioned ??= now;
            _since = now;
            Loads = true;
        }

        /// <summary>Books the time since the last booking to what the replica did in it.</summary>
        public void Book(Instant now)
        {
            if (_provisioned is null || Gone is not null)
            {
                return;
            }

            var passed = now - _since;
            _since = now;
            if (Runs)
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
            }
        }

        public ReplicaUsage? Usage(Instant end) => _provisioned is not { } provisioned ? null : new ReplicaUsage
        {
            Replica = id,
            Kind = kind,
            Provisioned = provisioned,
            Gone = Gone ?? end,
            Busy = _busy,
            Load = _load,
            Drain = _drain,
            Down = Duration.Zero,
        };
    }
}
