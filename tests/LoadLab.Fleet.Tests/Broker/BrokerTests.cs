using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Fleet.Tests;

/// <summary>At least once: what a visibility timeout, a heartbeat and a bound on deliveries do, at explicit instants.</summary>
public class BrokerTests
{
    private static readonly JobId s_call = new(0);
    private readonly VirtualTimeline _timeline = new(Instant.Zero);
    private readonly Agenda _agenda = new();
    private readonly Recorder _client = new();

    [Fact]
    public void Jobs_of_a_lost_worker_come_back_when_the_visibility_timeout_ends()
    {
        var broker = Broker(new BrokerOptions { VisibilityTimeout = Seconds(300) });
        Send(broker, at: 0);
        Start(broker, at: 10, batch: 0, job: 0);
        Lose(broker, at: 40, job: 0);
        Assert.Empty(_client.Words);
        Assert.Equal(310.0, _agenda.Next!.Value.Seconds);
        var again = Again(broker);
        Assert.Equal((310.0, 100L, 310.0), (_timeline.Now.Seconds, again.Job.Id.Value, again.Job.Received.Seconds));
        Start(broker, at: 320, batch: 1, job: 100);
        _timeline.MoveTo(Instant.FromSeconds(322));
        broker.Seen(_timeline.Now, new ServingEvent.BatchDone(new ReplicaId(0), new BatchId(1)));
        broker.Decided(_timeline.Now, new Decision.Finish(new JobId(100), "done"));
        Assert.Equal(["0 Admit", "10 Start 0", "320 Start 1", "322 Decode", "322 Finish 0"], _client.Words);
        Assert.Equal(new BrokerCounts { Deliveries = 2, Redeliveries = 1 }, broker.Counts);
    }

    [Fact]
    public void Heartbeats_count_from_the_last_one_before_the_loss()
    {
        var broker = Broker(new BrokerOptions { VisibilityTimeout = Seconds(300), Heartbeat = Seconds(30) });
        Send(broker, at: 0);
        Start(broker, at: 10, batch: 0, job: 0);
        Assert.Null(_agenda.Next);

        // 10, 40, 70, 100, lost at 105.
        Lose(broker, at: 105, job: 0);
        Assert.Equal(400.0, _agenda.Next!.Value.Seconds);
    }

    [Fact]
    public void Batch_longer_than_the_timeout_runs_twice_and_the_second_run_is_wasted()
    {
        var (result, _) = Run(400, new BrokerOptions { VisibilityTimeout = Seconds(300) }, replicas: 2);
        Assert.Equal((Outcome.Completed, 20.0, 420.0, 0, 2), (result.Calls[0].Outcome, result.Calls[0].Started!.Value.Seconds, result.Calls[0].Completed!.Value.Seconds, result.Calls[0].Replica, result.Calls[0].Attempts));
        Assert.Equal(new BrokerCounts { Deliveries = 2, Redeliveries = 1, Duplicates = 1, DuplicateTime = new GpuTime(400) }, result.Broker);
        Assert.Equal([(400.0, 0.0), (400.0, 400.0)], result.Usage.Select(usage => (usage.Busy.Seconds, usage.Wasted.Seconds)));
        Assert.Equal(400.0, result.Gpus.Total.Wasted.Seconds);
    }

    [Fact]
    public void Worker_that_asks_for_more_time_runs_it_once()
    {
        var (result, _) = Run(400, new BrokerOptions { VisibilityTimeout = Seconds(300), Heartbeat = Seconds(30) }, replicas: 2);
        Assert.Equal((420.0, 1), (result.Calls[0].Completed!.Value.Seconds, result.Calls[0].Attempts));
        Assert.Equal(new BrokerCounts { Deliveries = 1 }, result.Broker);
        Assert.Equal([400.0, 0.0], result.Usage.Select(usage => usage.Busy.Seconds));
    }

    [Fact]
    public void Second_delivery_that_waits_is_withdrawn_when_the_first_ends()
    {
        var (result, _) = Run(400, new BrokerOptions { VisibilityTimeout = Seconds(300) }, replicas: 1);
        Assert.Equal((420.0, 400.0, 0.0), (result.Calls[0].Completed!.Value.Seconds, result.Usage[0].Busy.Seconds, result.Usage[0].Wasted.Seconds));
        Assert.Equal(new BrokerCounts { Deliveries = 1, Redeliveries = 1 }, result.Broker);
    }

    [Fact]
    public void Job_that_always_fails_is_a_dead_letter_after_its_last_delivery()
    {
        var (result, _) = Run(2, new BrokerOptions { VisibilityTimeout = Seconds(10), MaxDeliveries = 3 }, replicas: 1, new FaultOptions { FailedBatches = 1 });
        Assert.Equal((Outcome.Failed, "dead-letter", 3, 40.0, 50.0), (result.Calls[0].Outcome, result.Calls[0].Reason, result.Calls[0].Attempts, result.Calls[0].Started!.Value.Seconds, result.Calls[0].Polled!.Value.Seconds));
        Assert.Equal(new BrokerCounts { Deliveries = 3, Redeliveries = 2, DeadLetters = 1 }, result.Broker);
        Assert.Equal(result.Usage[0].Busy, result.Usage[0].Wasted);
    }

    [Fact]
    public void Client_that_leaves_while_its_job_is_hidden_ends_it()
    {
        // Delivered at 20 and 30, failed each time within 2 s; the client leaves at 35.
        var (result, _) = Run(2, new BrokerOptions { VisibilityTimeout = Seconds(10), MaxDeliveries = 3 }, replicas: 1, new FaultOptions { FailedBatches = 1 }, patience: 15);
        Assert.Equal((Outcome.Abandoned, 2, 35.0), (result.Calls[0].Outcome, result.Calls[0].Attempts, result.Calls[0].Polled!.Value.Seconds));
        Assert.Equal(new BrokerCounts { Deliveries = 2, Redeliveries = 1 }, result.Broker);
    }

    [Fact]
    public void Core_retries_nothing_beside_a_broker()
    {
        var (_, serving) = Run(2, new BrokerOptions(), replicas: 1);
        Assert.Equal(0, serving.Recovery.Retries);
    }

    private static Duration Seconds(double seconds) => Duration.FromSeconds(seconds);

    private static (SimulationResult Result, ServingOptions Serving) Run(double seconds, BrokerOptions broker, int replicas, FaultOptions? faults = null, double? patience = null)
    {
        var fleet = new FleetOptions { Broker = broker, StartBefore = Seconds(20), Faults = faults ?? new FaultOptions() };
        var serving = new ServingOptions { Model = new ModelId(Fixtures.Model), Recovery = { Retries = 3 } };
        var call = Fixtures.Call(0, 20) with { Patience = patience is { } p ? Seconds(p) : null };
        return (FleetSimulation.Run(Fixtures.Of(2000, [call]), Fixtures.Profile(wholeSeconds: seconds), fleet, serving, new AutoscalerOptions { Replicas = replicas }, new Seed(42)), fleet.Apply(serving));
    }

    private Broker Broker(BrokerOptions options)
    {
        var broker = new Broker(options, 100, _timeline, _agenda, _client, _ => 1);
        broker.Decided(Instant.Zero, new Decision.Provision(new ReplicaId(0), new ReplicaKind("any"), "start"));
        return broker;
    }

    private void Send(Broker broker, double at)
    {
        var now = Instant.FromSeconds(at);
        broker.Seen(now, new ServingEvent.Arrived(new JobView { Id = s_call, Received = now, Model = new ModelId(Fixtures.Model), Width = 160, Height = 96, Frames = 9, Steps = 8 }));
        broker.Decided(now, new Decision.Admit(s_call, "accepted"));
    }

    private void Start(Broker broker, double at, int batch, int job)
    {
        _timeline.MoveTo(Instant.FromSeconds(at));
        broker.Decided(_timeline.Now, new Decision.Start(new ReplicaId(0), new BatchId(batch), Stage.Whole, 0, [new JobId(job)], "single"));
    }

    private void Lose(Broker broker, double at, int job)
    {
        _timeline.MoveTo(Instant.FromSeconds(at));
        broker.Seen(_timeline.Now, new ServingEvent.ReplicaLost(new ReplicaId(0), "fault"));
        broker.Decided(_timeline.Now, new Decision.Fail(new JobId(job), "replica-lost", "fault"));
    }

    /// <summary>The next visibility timeout ends, and the core hears of the job again.</summary>
    private ServingEvent.Arrived Again(Broker broker)
    {
        _timeline.MoveTo(_agenda.Next!.Value);
        _agenda.Run();
        var arrived = Assert.IsType<ServingEvent.Arrived>(_timeline.Take());
        broker.Seen(_timeline.Now, arrived);
        broker.Decided(_timeline.Now, new Decision.Admit(arrived.Job.Id, "accepted"));
        return arrived;
    }

    /// <summary>What a client is told.</summary>
    private sealed class Recorder : IJobHost
    {
        public List<string> Words { get; } = [];

        public void Seen(Instant now, ServingEvent e)
        {
            if (e is ServingEvent.StageDone done)
            {
                Words.Add($"{now.Seconds:0} {done.Stage}");
            }
        }

        public void Decided(Instant now, Decision d) => Words.Add(d switch
        {
            Decision.Start start => $"{now.Seconds:0} Start {start.Batch.Value}",
            Decision.Finish finish => $"{now.Seconds:0} Finish {finish.Job.Value}",
            _ => $"{now.Seconds:0} {d.GetType().Name}",
        });
    }
}
