using LoadLab.Core;

namespace LoadLab.Serving.Journal;

/// <summary>What a journal says about time that no other file does.</summary>
public sealed record JournalFacts
{
    public required JournalHeader Header { get; init; }

    /// <summary>When the host started; null for an empty journal.</summary>
    public required Instant? Started { get; init; }

    /// <summary>From asking for a model that was not loaded to having it, in order of the end; a keep-warm ping is none.</summary>
    public required IReadOnlyList<ReplicaSpan> Loads { get; init; }

    /// <summary>From ordering a replica to its existing.</summary>
    public required IReadOnlyList<Duration> ProvisionDelays { get; init; }

    /// <summary>From existing to ready.</summary>
    public required IReadOnlyList<Duration> BootDelays { get; init; }

    public static JournalFacts Of(string path)
    {
        using var reader = JournalReader.Open(path);
        return Of(reader);
    }

    public static JournalFacts Of(JournalReader reader)
    {
        var spans = new Spans();
        foreach (var entry in reader.Entries())
        {
            spans.Add(entry);
        }

        return new JournalFacts
        {
            Header = reader.Header,
            Started = spans.Started,
            Loads = spans.Loads.Done,
            ProvisionDelays = [.. spans.Orders.Done.Select(span => span.Length)],
            BootDelays = [.. spans.Boots.Done.Select(span => span.Length)],
        };
    }

    private sealed class Spans
    {
        private readonly Dictionary<ReplicaId, ModelId> _loaded = [];

        public Instant? Started { get; private set; }

        public SpanList Loads { get; } = new();

        public SpanList Orders { get; } = new();

        public SpanList Boots { get; } = new();

        public void Add(JournalEntry entry)
        {
            switch ((object?)entry.Event ?? entry.Decision)
            {
                case ServingEvent.Started:
                    Started ??= entry.Now;
                    break;
                case Decision.Provision provision:
                    Orders.Begin(provision.Replica, entry.Now);
                    break;
                case ServingEvent.ReplicaProvisioned provisioned:
                    Orders.End(provisioned.Replica, entry.Now);
                    Boots.Begin(provisioned.Replica, entry.Now);
                    break;
                case ServingEvent.ReplicaReady ready:
                    Boots.End(ready.Replica, entry.Now);
                    break;
                case Decision.Load load when !(_loaded.TryGetValue(load.Replica, out var model) && model == load.Model):
                    Loads.Begin(load.Replica, entry.Now);
                    break;
                case ServingEvent.ModelLoaded loaded:
                    Loads.End(loaded.Replica, entry.Now);
                    _loaded[loaded.Replica] = loaded.Model;
                    break;
                case ServingEvent.ModelUnloaded unloaded:
                    _loaded.Remove(unloaded.Replica);
                    break;
                case ServingEvent.LoadFailed failed:
                    Loads.Drop(failed.Replica);
                    _loaded.Remove(failed.Replica);
                    break;
                case ServingEvent.ReplicaLost lost:
                    Loads.Drop(lost.Replica);
                    Orders.Drop(lost.Replica);
                    Boots.Drop(lost.Replica);
                    _loaded.Remove(lost.Replica);
                    break;
            }
        }
    }

    private sealed class SpanList
    {
        private readonly Dictionary<ReplicaId, Instant> _open = [];
        private readonly List<ReplicaSpan> _done = [];

        public IReadOnlyList<ReplicaSpan> Done => _done;

        public void Begin(ReplicaId replica, Instant at) => _open[replica] = at;

        public void Drop(ReplicaId replica) => _open.Remove(replica);

        public void End(ReplicaId replica, Instant at)
        {
            if (_open.Remove(replica, out var since))
            {
                _done.Add(new ReplicaSpan(replica, since, at));
            }
        }
    }
}
