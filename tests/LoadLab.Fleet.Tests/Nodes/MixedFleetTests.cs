using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Tests;

/// <summary>Replicas of eight GPUs beside replicas of one, on nodes, from the order of the node to its end.</summary>
public class MixedFleetTests
{
    private static readonly NodeOptions s_nodes = new() { Gpu = "h100", Gpus = 8, ProvisionDelay = Seconds(100), BootDelay = Seconds(20), ImagePull = Seconds(60) };

    private static readonly KindOptions s_eight = new() { Kind = new ReplicaKind("h100-8"), Gpu = "h100", Gpus = 8 };

    private static readonly KindOptions s_one = new() { Kind = new ReplicaKind("h100-1"), Gpu = "h100", Gpus = 1 };

    [Fact]
    public void Replica_is_ready_when_its_node_is_there_has_booted_and_pulled_the_image_and_its_model_is_loaded()
    {
        var result = Run(Fixtures.Schedule(300, 5), new FleetOptions { Kinds = [s_eight], Nodes = [s_nodes] });
        Assert.Equal((190.0, 192.0), (result.Calls[0].Started!.Value.Seconds, result.Calls[0].Completed!.Value.Seconds));
        var use = Assert.Single(result.Gpus.Kinds);
        Assert.Equal(("h100-8", 2.0 * 8, 80.0 * 8, 10.0 * 8, (300.0 - 192) * 8), (use.Kind, use.Busy.Seconds, use.Boot.Seconds, use.Load.Seconds, use.Idle.Seconds));
        Assert.Equal((0.0, 200.0 * 8), (result.Gpus.Total.Empty.Seconds, result.Gpus.Total.Total.Seconds));
    }

    [Fact]
    public void Each_kind_takes_its_own_times()
    {
        // Twelve seconds on one GPU and two on eight.
        var fleet = new FleetOptions { Kinds = [s_eight with { Models = [new ModelId("big")] }, s_one with { Models = [new ModelId("small")] }] };
        var result = Run(Fixtures.Of(60, [Fixtures.Call(0, 20) with { Model = "big" }, Fixtures.Call(1, 20) with { Model = "small" }]), fleet, "big", "small");
        Assert.Equal([22.0, 32.0], result.Calls.Select(call => call.Completed!.Value.Seconds));
        Assert.Equal([("h100-8", 16.0), ("h100-1", 12.0)], result.Gpus.Kinds.Select(use => (use.Kind, use.Busy.Seconds)));
    }

    [Fact]
    public void Two_small_replicas_keep_a_big_one_from_two_nodes()
    {
        // Five GPUs each: two on two nodes leave three and three, and the third waits for the end of the run.
        var five = s_one with { Gpus = 5, Replicas = 3 };
        var result = Run(Fixtures.Schedule(400, 5), new FleetOptions { Kinds = [five], Nodes = [s_nodes with { Most = 2 }] });
        Assert.Contains("1 order of a replica waited for a node of 8 h100, 400 s in all: the provider has 2. 1 of them found as many GPUs free, but on several nodes.", result.Assumptions);
        Assert.Equal((2, 300.0 * 6), (result.Gpus.Nodes.Count, result.Gpus.Total.Empty.Seconds));
        var last = result.Samples.Where(sample => sample.At.Seconds > 390).GroupBy(sample => sample.Metric).ToDictionary(group => group.Key, group => group.Last().Value);
        Assert.Equal((2.0, 6.0, 1.0), (last["nodes"], last["gpus.empty"], last["orders.waiting"]));
    }

    [Fact]
    public void Released_replica_ends_its_batch_and_its_node_stays_for_a_while()
    {
        // As without nodes: 40 calls of 30 s at once; after the burst the rule gives one replica back a tick.
        var nodes = s_nodes with { Gpus = 1, ProvisionDelay = Duration.Zero, BootDelay = Duration.Zero, ImagePull = Duration.Zero, KeepEmpty = Seconds(20) };
        var rule = new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Max = 4 };
        var result = FleetSimulation.Run(Fixtures.Schedule(900, [.. Enumerable.Repeat(60.0, 40)]), Fixtures.Profile(wholeSeconds: 30), new FleetOptions { Kinds = [s_one], Nodes = [nodes] }, new ServingOptions { Model = new ModelId(Fixtures.Model) }, rule, new Seed(42));
        Assert.All(result.Calls, call => Assert.Equal(Outcome.Completed, call.Outcome));
        var left = result.Usage.Where(usage => usage.Gone != result.End).ToList();
        Assert.Equal(3, left.Count);
        Assert.Equal(left.Select(usage => usage.Gone.Seconds + 20).Order(), result.Gpus.Nodes.Where(node => node.Gone != result.End).Select(node => node.Gone.Seconds).Order());
        Assert.Equal(3 * 20.0, result.Gpus.Total.Empty.Seconds);
    }

    [Fact]
    public void Fleet_without_kinds_counts_the_GPUs_that_its_profile_says_a_replica_is()
    {
        var result = FleetSimulation.Run(Fixtures.Schedule(60, 20), Fixtures.Profile(), new FleetOptions(), new ServingOptions { Model = new ModelId(Fixtures.Model) }, new AutoscalerOptions(), new Seed(42));
        Assert.Equal((60.0, 2.0, 10.0, 48.0), (result.Gpus.Total.Total.Seconds, result.Gpus.Total.Busy.Seconds, result.Gpus.Total.Load.Seconds, result.Gpus.Total.Idle.Seconds));
        Assert.Equal("local", Assert.Single(result.Gpus.Kinds).Kind);
        Assert.Empty(result.Gpus.Nodes);
    }

    [Fact]
    public void Kind_that_the_profile_does_not_know_is_refused_with_those_it_knows()
    {
        var error = Assert.Throws<InputException>(() => Run(Fixtures.Schedule(60, 5), new FleetOptions { Kinds = [s_eight with { Gpus = 4 }] }));
        Assert.Equal("profile test: services = \"h100-8: 4 x h100\" is a kind of replica that the profile knows no time of; it knows 1 x h100, 8 x h100; write such a gpu and gpus under fleet.kinds, or calibrate this kind", error.Message);
    }

    [Fact]
    public void Model_that_no_kind_serves_and_shape_that_a_kind_does_not_know_are_refused()
    {
        var fleet = new FleetOptions { Kinds = [s_eight with { Models = [new ModelId("big")] }, s_one] };
        var odd = Fixtures.Call(0, 1) with { Model = "odd" };
        Assert.Contains("odd 160x96, 9 frames, 8 steps\" is not in the profile for replicas of kind h100-1", Assert.Throws<InputException>(() => Run(Fixtures.Of(10, [odd]), fleet, "big")).Message, StringComparison.Ordinal);
        var none = Assert.Throws<InputException>(() => Run(Fixtures.Of(10, [odd]), new FleetOptions { Kinds = [fleet.Kinds[0]] }, "big"));
        Assert.Equal("scenario: fleet.kinds = \"odd\" is a model of the schedule that no kind of replica serves; they serve big; add it to a kind's models", none.Message);
    }

    [Fact]
    public void Sections_are_read()
    {
        var (fleet, problems) = Bind("""
            fleet:
              startBefore: 10m
              nodes: [ { gpu: h100, gpus: 8, most: 4, provisionDelay: 3m, bootDelay: 40s, image: { size: 60GB, pull: 1GB/s }, warm: 1, keepEmpty: 10m } ]
              kinds:
                - { kind: h100-8, gpu: h100, gpus: 8, memory: 80GB, models: wan2.2-t2v-a14b, replicas: 2 }
                - { kind: h100-1, gpu: h100, models: [ wan2.2-ti2v-5b, wan2.1-t2v-1.3b ], replicas: 3, scaled: true }
              broker: { visibilityTimeout: 5m, maxDeliveries: 4, heartbeat: 30s }
            """);
        Assert.Empty(problems);
        Assert.Equal([new NodeOptions { Gpu = "h100", Gpus = 8, Most = 4, ProvisionDelay = Seconds(180), BootDelay = Seconds(40), ImagePull = Seconds(60), Warm = 1, KeepEmpty = Seconds(600) }], fleet.Nodes);
        Assert.Equal([("h100-8", 8, 80_000_000_000L, 2), ("h100-1", 1, 0L, 3)], fleet.Kinds.Select(kind => (kind.Kind.Name, kind.Gpus, kind.MemoryBytes ?? 0, kind.Replicas)));
        Assert.Equal([1, 2], fleet.Kinds.Select(kind => kind.Models.Count));
        Assert.Same(fleet.Kinds[1], fleet.ScaledKind);
        Assert.Equal(new BrokerOptions { VisibilityTimeout = Seconds(300), MaxDeliveries = 4, Heartbeat = Seconds(30) }, fleet.Broker);
        Assert.Null(Bind("fleet: { broker: { heartbeat: none } }").Fleet.Broker!.Heartbeat);
    }

    [Fact]
    public void Mistakes_are_told_together()
    {
        var (_, problems) = Bind("""
            serving: { recovery: { retries: 3 }, pipeline: { text: 1, denoise: 1, decode: 1 } }
            fleet:
              memory: 80GB
              nodes: [ { gpu: h100, gpus: 4, most: 2, warm: 3, image: { pull: fast } }, { gpu: b200, gpus: 8 } ]
              kinds: [ { kind: a, gpu: h100, gpus: 8, scaled: true }, { kind: a, gpus: 0, scaled: true, models: [ {} ] } ]
              broker: { visibilityTimeout: 10s, heartbeat: 10s, maxDeliveries: 0 }
            """);
        Assert.Equal(
            [
                "fleet.broker.heartbeat", "fleet.broker.maxDeliveries", "fleet.kinds[0].gpus", "fleet.kinds[1].gpus", "fleet.kinds[1].kind", "fleet.kinds[1].models[0]", "fleet.kinds[1].scaled",
                "fleet.memory", "fleet.nodes[0].image.pull", "fleet.nodes[0].image.size", "fleet.nodes[0].warm", "fleet.nodes[1].gpu", "serving.pipeline", "serving.recovery.retries",
            ],
            problems.Select(problem => problem.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_GPU_second_has_one_state_and_every_call_one_end_whatever_the_fleet()
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            var fleet = new RandomFleet(seed, machines: true);
            var result = fleet.Run();
            Assert.True(result.Calls.Select((call, i) => call.Call == i).All(same => same) && result.Calls.Count == fleet.Schedule.Calls.Count, $"seed {seed}: {result.Calls.Count} rows");
            Assert.True(result.Calls.All(call => call.Outcome != Outcome.Unfinished), $"seed {seed}: waited for ever: {result.Calls.FirstOrDefault(call => call.Outcome == Outcome.Unfinished)}");

            // A run that was preempted or reclaimed is handed back and spends neither a retry nor a delivery.
            var handsBack = fleet.Serving.Preemption.On || fleet.Fleet.Spot.MeanTimeToReclaim is not null;
            Assert.True(handsBack || result.Calls.All(call => call.Attempts <= (fleet.Fleet.Broker?.MaxDeliveries ?? 1 + fleet.Serving.Recovery.Retries)), $"seed {seed}: a call ran too often");
            foreach (var node in result.Gpus.Nodes)
            {
                Assert.True(node is { Empty.Seconds: >= 0, Down.Seconds: >= 0 } && node.Gone >= node.Provisioned, $"seed {seed}: {node}");
            }

            var gpus = fleet.Fleet.Kinds.ToDictionary(kind => kind.Kind, kind => kind.Gpus);
            var replicas = result.Usage.Sum(usage => usage.Total.Seconds * gpus[usage.Kind]);
            var provisioned = fleet.Fleet.Nodes.Count > 0 ? result.Gpus.Nodes.Sum(node => node.Total.Seconds) : replicas;
            Assert.Equal(provisioned, result.Gpus.Total.Total.Seconds, provisioned * 1e-9);
            Assert.Equal(replicas, result.Gpus.Kinds.Sum(use => use.Total.Seconds), replicas * 1e-9);
            Assert.True(result.Gpus.Kinds.All(use => use is { Busy.Seconds: >= 0, Idle.Seconds: > -1e-6, Boot.Seconds: >= 0, Load.Seconds: >= 0, Drain.Seconds: >= 0 } && use.Wasted.Seconds <= use.Busy.Seconds + 1e-6), $"seed {seed}");
        }
    }

    [Fact]
    public void Fleets_on_machines_are_the_same_when_played_again_and_meet_what_they_are_for()
    {
        var results = new List<SimulationResult>();
        for (ulong seed = 0; seed < 30; seed++)
        {
            using var first = new MemoryStream();
            using var second = new MemoryStream();
            var (result, again) = (new RandomFleet(seed, machines: true).Run(first), new RandomFleet(seed, machines: true).Run(second));
            Assert.True(first.ToArray().AsSpan().SequenceEqual(second.ToArray()), $"seed {seed}: the journals differ");
            Assert.True(result.Calls.SequenceEqual(again.Calls) && result.Samples.SequenceEqual(again.Samples) && result.Gpus.Nodes.SequenceEqual(again.Gpus.Nodes) && result.Broker == again.Broker, $"seed {seed}: the results differ");
            results.Add(result);
        }

        Assert.Contains(results, result => result.Broker is { Redeliveries: > 0, Duplicates: > 0, DeadLetters: > 0 });
        Assert.Contains(results, result => result.Gpus.Nodes.Sum(node => node.Empty.Seconds) > 0 && result.Gpus.Nodes.Sum(node => node.Down.Seconds) > 0);
        Assert.Contains(results, result => result.Calls.Any(call => call is { Outcome: Outcome.Failed, Reason: "dead-letter" }));
    }

    private static Duration Seconds(double seconds) => Duration.FromSeconds(seconds);

    private static SimulationResult Run(Schedule schedule, FleetOptions fleet, params string[] models)
    {
        var entry = Fixtures.Profile().Services[0];
        ServiceEntry Of(string model, int gpus, double seconds) => entry with { Model = model, Gpu = "h100", Gpus = gpus, Whole = new SampledTime { MeanS = seconds }, Text = null, Denoise = null, Decode = null };
        var names = models.Length > 0 ? models : [Fixtures.Model];
        var profile = Fixtures.Profile() with { Services = [.. names.SelectMany(model => new[] { Of(model, 8, 2), Of(model, 1, 12) }), .. fleet.Kinds.Any(kind => kind.Gpus == 5) ? [Of(Fixtures.Model, 5, 4)] : Array.Empty<ServiceEntry>()] };
        return FleetSimulation.Run(schedule, profile, fleet, new ServingOptions { Model = new ModelId(names[0]) }, new AutoscalerOptions(), new Seed(42));
    }

    private static (FleetOptions Fleet, IReadOnlyList<Problem> Problems) Bind(string yaml)
    {
        var problems = new Problems();
        var fleet = FleetOptions.Bind(Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!);
        return (fleet, problems.All);
    }
}
