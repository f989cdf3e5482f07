using LoadLab.Core;
using LoadLab.Serving.Metrics;

namespace LoadLab.Serving.Tests.Metrics;

/// <summary>Tells both books the same story: explicit instants, events and decisions.</summary>
internal sealed class Told(ServingOptions? serving = null)
{
    public ServingCounters Counters { get; } = new(serving ?? new ServingOptions { Model = new("a"), Batching = new() { MaxBatch = 4 } });

    public ReplicaUsageAccount Account { get; } = new();

    public Told At(double seconds, params IEnumerable<object> what)
    {
        var now = Instant.FromSeconds(seconds);
        foreach (var one in what)
        {
            Add(now, one);
        }

        return this;
    }

    public Told Arrived(double seconds, params IEnumerable<int> jobs)
    {
        foreach (var job in jobs)
        {
            At(seconds, new ServingEvent.Arrived(Story.View(job, seconds, "a") with { Tenant = $"t{job}" }), new Decision.Admit(new(job), "queued"));
        }

        return this;
    }

    /// <summary>Provisioned at once, ready a second later, loaded two seconds after that.</summary>
    public Told Warm(double seconds, int replica = 0) => this
        .At(seconds, new Decision.Provision(new(replica), new("k"), "min"), new ServingEvent.ReplicaProvisioned(new(replica)))
        .At(seconds + 1, new ServingEvent.ReplicaReady(new(replica)), new Decision.Load(new(replica), new("a"), "preload"))
        .At(seconds + 3, new ServingEvent.ModelLoaded(new(replica), new("a")));

    public Told Start(double seconds, int batch, int[] jobs, int replica = 0, Stage stage = Stage.Whole) =>
        At(seconds, new Decision.Start(new(replica), new(batch), stage, 0, [.. jobs.Select(job => new JobId(job))], "first-come"));

    /// <summary>The batch ends well, and so do its jobs.</summary>
    public Told Done(double seconds, int batch, int[] jobs, int replica = 0) =>
        At(seconds, [new ServingEvent.BatchDone(new(replica), new(batch)), .. jobs.Select(job => new Decision.Finish(new(job), "done"))]);

    public ReplicaUsage Usage(double seconds, int replica = 0) => Account.Close(Instant.FromSeconds(seconds)).Single(usage => usage.Replica.Value == replica);

    private void Add(Instant now, object what)
    {
        if (what is ServingEvent e)
        {
            Counters.Add(now, e);
            Account.Add(now, e);
            return;
        }

        Counters.Add(now, (Decision)what);
        Account.Add(now, (Decision)what);
    }
}
