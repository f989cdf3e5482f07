using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests.Replicas;

public sealed class LocalReplicaPoolTests
{
    private static readonly ReplicaKind s_one = new("one");
    private static readonly ReplicaKind s_two = new("two");
    private readonly EventLog _log = new(new ModelId("m"), new JobShape(32, 32, 1, 4));

    [Fact]
    public void Each_kind_gives_its_own_replicas_and_the_orders_are_answered()
    {
        using var pool = Pool();
        pool.Provision(new ReplicaId(0), s_one);
        pool.Provision(new ReplicaId(1), s_two);

        Assert.Equal([(0, s_one), (1, s_two)], pool.All.Select(replica => (replica.Id.Value, replica.Kind)));
        Assert.Equal([new ServingEvent.ReplicaProvisioned(new ReplicaId(0)), new ServingEvent.ReplicaProvisioned(new ReplicaId(1))], _log.Take(2));
        Assert.Same(pool.All[1], pool.Get(new ReplicaId(1)));
    }

    [Fact]
    public void A_kind_that_is_not_here_or_is_full_is_a_lost_replica()
    {
        using var pool = Pool();
        pool.Provision(new ReplicaId(0), new ReplicaKind("h100"));
        pool.Provision(new ReplicaId(1), s_two);
        pool.Provision(new ReplicaId(2), s_two);

        Assert.Equal(new ServingEvent.ReplicaLost(new ReplicaId(0), "this server has no replicas of kind h100"), _log.Take());
        Assert.Equal(new ServingEvent.ReplicaProvisioned(new ReplicaId(1)), _log.Take());
        Assert.Equal(new ServingEvent.ReplicaLost(new ReplicaId(2), "this server has room for 1 replica of kind two"), _log.Take());
        Assert.Single(pool.All);
    }

    [Fact]
    public void A_release_drains_or_stops_and_what_has_ended_makes_room()
    {
        using var pool = Pool();
        pool.Provision(new ReplicaId(0), s_two);
        var first = (Puppet)pool.All[0];
        pool.Release(new ReplicaId(0), drain: true);
        pool.Release(new ReplicaId(0), drain: false);
        Assert.Equal(["leave released", "stop"], first.Told);
        Assert.False(pool.HasEnded);

        first.HasEnded = true;
        Assert.True(pool.HasEnded);
        Assert.Same(first, pool.Get(new ReplicaId(0)));
        pool.Provision(new ReplicaId(1), s_two);

        Assert.Equal(new ReplicaId(1), Assert.Single(pool.All).Id);
        Assert.Throws<InvalidOperationException>(() => pool.Get(new ReplicaId(0)));
    }

    private LocalReplicaPool Pool() => new(
        new Dictionary<ReplicaKind, Func<ReplicaId, ILiveReplica>> { [s_one] = id => new Puppet(id, s_one), [s_two] = id => new Puppet(id, s_two) },
        kind => kind == s_two ? 1 : int.MaxValue,
        _log);

    private sealed class Puppet(ReplicaId id, ReplicaKind kind) : ILiveReplica
    {
        public List<string> Told { get; } = [];

        public ReplicaId Id => id;

        public ReplicaKind Kind => kind;

        public bool IsReady => true;

        public bool HasEnded { get; set; }

        public WorkerMemory Memory => default;

        public double BusySeconds => 0;

        public double AgeSeconds => 0;

        public void Load(ModelId m) => Told.Add("load");

        public void Unload(ModelId m) => Told.Add("unload");

        public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs) => Told.Add("start");

        public void Cancel(BatchId b, JobId j) => Told.Add("cancel");

        public void Preempt(BatchId b) => Told.Add("preempt");

        public void Stop() => Told.Add("stop");

        public void Leave(string cause) => Told.Add($"leave {cause}");

        public void Dispose()
        {
        }
    }
}
