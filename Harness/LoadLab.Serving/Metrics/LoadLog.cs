using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Metrics;

/// <summary>Loads, pings, unloads and cold starts. A load of the model that is loaded already is a ping. Bound: the replicas that exist and the latest <see cref="MaxColdStarts"/> cold starts.</summary>
internal sealed class LoadLog
{
    public const int MaxColdStarts = 1000;

    private readonly Dictionary<ReplicaId, Life> _lives = [];
    private readonly Queue<Entry> _colds = new();
    private Entry? _latest;

    /// <summary>Loads of a model that was not loaded.</summary>
    public Spans Loads { get; private set; }

    public Spans Pings { get; private set; }

    public Spans Unloads { get; private set; }

    public long LoadFailures { get; private set; }

    /// <summary>In order of their load's end.</summary>
    public IReadOnlyList<ColdStart> ColdStarts => [.. _colds.Select(entry => entry.Snapshot())];

    public ColdStart? Latest => _latest?.Snapshot();

    public void Add(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Provision provision:
                _lives[provision.Replica] = new Life(provision.Replica, provision.Kind);
                break;
            case Decision.Load load:
                Find(load.Replica)?.Asked = now;
                break;
            case Decision.Unload unload:
                Find(unload.Replica)?.Asked = now;
                break;
        }
    }

    public void Add(Instant now, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned:
                Find(provisioned.Replica)?.Provisioned = now;
                break;
            case ServingEvent.ReplicaReady ready:
                Find(ready.Replica)?.Ready = now;
                break;
            case ServingEvent.ReplicaLost lost:
                _lives.Remove(lost.Replica);
                break;
            case ServingEvent.ModelLoaded loaded when Find(loaded.Replica) is { Asked: { } asked } life:
                Loaded(life, loaded.Model, asked, now);
                break;
            case ServingEvent.ModelUnloaded unloaded when Find(unloaded.Replica) is { Asked: { } asked } life:
                Unloads = Unloads.With(now - asked);
                life.Empty();
                break;
            case ServingEvent.LoadFailed failed when Find(failed.Replica) is { Asked: not null } life:
                LoadFailures++;
                life.Empty();
                break;
        }
    }

    /// <summary>Work that a replica ended well.</summary>
    public void Add(EndedWork work, BatchKey key) => Find(work.Start.Replica)?.Cold?.Add(work, (key, work.Start.Stage, work.Start.Jobs.Count));

    private Life? Find(ReplicaId id) => _lives.GetValueOrDefault(id);

    private void Loaded(Life life, ModelId model, Instant asked, Instant now)
    {
        life.Asked = null;
        if (life.Model == model)
        {
            Pings = Pings.With(now - asked);
            return;
        }

        Loads = Loads.With(now - asked);
        life.Model = model;
        life.Cold = _latest = new Entry(new ColdStart
        {
            Replica = life.Id,
            Kind = life.Kind,
            Model = model,
            Provisioned = life.Provisioned,
            Ready = life.Ready,
            Load = asked,
            Loaded = now,
        });
        (life.Provisioned, life.Ready) = (null, null);
        _colds.Enqueue(life.Cold);
        if (_colds.Count > MaxColdStarts)
        {
            _colds.Dequeue();
        }
    }

    private sealed class Life(ReplicaId id, ReplicaKind kind)
    {
        public ReplicaId Id => id;

        public ReplicaKind Kind => kind;

        public Instant? Provisioned { get; set; }

        public Instant? Ready { get; set; }

        /// <summary>When the load or unload under way was asked for.</summary>
        public Instant? Asked { get; set; }

        public ModelId? Model { get; set; }

        public Entry? Cold { get; set; }

        public void Empty() => (Asked, Model, Cold) = (null, null, null);
    }

    private sealed class Entry(ColdStart start)
    {
        private readonly List<long> _following = [];
        private (BatchKey Key, Stage Stage, int Jobs) _form;
        private EndedWork? _first;

        public void Add(EndedWork work, (BatchKey Key, Stage Stage, int Jobs) form)
        {
            if (_first is null)
            {
                (_first, _form) = (work, form);
            }
            else if (_following.Count < ColdStart.MaxFollowing && form == _form)
            {
                _following.Add(work.Took.Nanoseconds);
            }
        }

        public ColdStart Snapshot() => start with
        {
            FirstStart = _first?.From,
            FirstEnd = _first?.To,
            Following = _following.Count,
            FirstCallPenalty = _following.Count > 0 ? _first!.Value.Took - Median() : null,
        };

        private Duration Median()
        {
            var sorted = _following.Order().ToList();
            return new Duration((sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2);
        }
    }
}
