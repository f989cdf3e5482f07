using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Tests;

/// <summary>What cannot work is told before the run: shapes that no memory holds, and more work than the fleet can do.</summary>
public class BeforeTheRunTests
{
    private static readonly ServingOptions s_serving = new() { Model = new ModelId(Fixtures.Model) };

    /// <summary>A call of the fixtures' shape needs 60 GB.</summary>
    private static readonly ServiceProfile s_heavy = Fixtures.Profile() with { Memory = new MemoryLaw { FixedBytes = 40e9, BytesPerPixel = 20e9 / Fixtures.Shape.Pixels, Error = 0, Count = 1 } };

    [Fact]
    public void Shape_that_no_memory_holds_is_refused_with_what_it_needs_and_what_there_is()
    {
        var error = Assert.Throws<InputException>(() => Simulate(new FleetOptions { Kind = new ReplicaKind("a100"), MemoryBytes = 48_000_000_000 }));
        Assert.Equal("scenario: workload.jobs = \"test-model 160x96, 9 frames, 8 steps\" fits no replica by the profile's memory law: a100 needs 60 GB a GPU and has 48; take GPUs of more memory or more GPUs a replica, or a smaller size or fewer frames", error.Message);
        Assert.Equal(Outcome.Completed, Simulate(new FleetOptions { MemoryBytes = 60_000_000_000 }).Calls[0].Outcome);
    }

    [Fact]
    public void Law_tells_what_each_GPU_of_a_replica_needs()
    {
        var two = s_heavy with { Services = [.. s_heavy.Services.Select(entry => entry with { Gpus = 2 })] };
        var kind = new KindOptions { Kind = new ReplicaKind("a"), Gpus = 2, MemoryBytes = 60_000_000_000 };
        Assert.Equal(Outcome.Completed, Simulate(new FleetOptions { Kinds = [kind] }, two).Calls[0].Outcome);
        Assert.Throws<InputException>(() => Simulate(new FleetOptions { Kinds = [kind with { MemoryBytes = 59_000_000_000 }] }, two));
    }

    [Fact]
    public void Kind_that_can_hold_nothing_it_serves_is_refused_though_others_can()
    {
        var kind = new KindOptions { Kind = new ReplicaKind("small"), MemoryBytes = 24_000_000_000 };
        var error = Assert.Throws<InputException>(() => Simulate(new FleetOptions { Kinds = [kind, kind with { Kind = new ReplicaKind("big"), MemoryBytes = 80_000_000_000 }] }));
        Assert.Equal("scenario: fleet.kinds = \"small\" can hold no call that it serves: small needs 60 GB a GPU and has 24 for the smallest; give it more memory or more GPUs, or leave the kind out", error.Message);
    }

    [Fact]
    public void Shape_that_fails_on_one_of_two_kinds_is_said_beside_the_figures()
    {
        var profile = s_heavy with { Services = [.. s_heavy.Services, s_heavy.Services[0] with { Frames = 90 }] };
        var kind = new KindOptions { Kind = new ReplicaKind("small"), MemoryBytes = 80_000_000_000 };
        var fleet = new FleetOptions { Kinds = [kind, kind with { Kind = new ReplicaKind("big"), MemoryBytes = 400_000_000_000 }] };
        var result = FleetSimulation.Run(Fixtures.Of(60, [Fixtures.Call(0, 1), Fixtures.Call(1, 2) with { Frames = 90 }]), profile, fleet, s_serving, new AutoscalerOptions(), new Seed(42));
        Assert.Contains("test-model 160x96, 90 frames, 8 steps fails on one of the kinds that serve it, small needs 240 GB a GPU and has 80: name under fleet.kinds the models that each kind serves.", result.Assumptions);
    }

    [Theory]
    [InlineData(1, 2.0)]
    [InlineData(2, 1.0)]
    [InlineData(4, 0.5)]
    public void Offered_busy_share_is_the_work_over_the_time_of_the_replicas(int replicas, double expected)
    {
        // 60 calls of 2 s in 60 s.
        Assert.Equal(expected, Share(new AutoscalerOptions { Replicas = replicas })!.Value, 12);
        Assert.Equal(expected, Share(new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Max = replicas })!.Value, 12);
    }

    [Fact]
    public void Batches_that_pay_are_counted_on()
    {
        var profile = Fixtures.Profile() with { Services = [.. Fixtures.Profile().Services, Fixtures.Profile().Services[0] with { Batch = 4, Whole = new SampledTime { MeanS = 4 } }] };
        Assert.Equal(1.0, OverloadCheck.OfferedBusyShare(Minute(60), profile, new FleetOptions(), s_serving with { Batching = new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = 4 } }, new AutoscalerOptions())!.Value, 12);
    }

    [Fact]
    public void Kinds_share_the_work_as_well_as_any_dispatch_could()
    {
        // 2 s on one kind and 10 s on the other: 0.6 calls a second between them, and one a second comes.
        var entry = Fixtures.Profile().Services[0];
        var profile = Fixtures.Profile() with { Services = [entry with { Gpu = "fast" }, entry with { Gpu = "slow", Whole = new SampledTime { MeanS = 10 } }] };
        var fast = new KindOptions { Kind = new ReplicaKind("fast"), Gpu = "fast" };
        var fleet = new FleetOptions { Kinds = [fast, new KindOptions { Kind = new ReplicaKind("slow"), Gpu = "slow" }] };
        Assert.InRange(OverloadCheck.OfferedBusyShare(Minute(60), profile, fleet, s_serving, new AutoscalerOptions())!.Value, 0.97 / 0.6, 1.000001 / 0.6);

        // Nodes for one replica only, whatever the number wanted.
        var stock = new FleetOptions { Kinds = [fast with { Replicas = 8 }], Nodes = [new NodeOptions { Gpu = "fast", Gpus = 1, Most = 1 }] };
        Assert.Equal(2.0, OverloadCheck.OfferedBusyShare(Minute(60), profile, stock, s_serving, new AutoscalerOptions())!.Value, 12);
    }

    [Fact]
    public void Overload_is_told_in_one_sentence_and_its_absence_in_none()
    {
        Assert.Equal(
            "offered load is 2 times what 1 replica can serve: the queue grows for the whole run, or calls are refused and give up; the figures below tell of an overloaded fleet",
            OverloadCheck.Note(Minute(60), Fixtures.Profile(), new FleetOptions(), s_serving, new AutoscalerOptions()));
        Assert.Null(OverloadCheck.Note(Minute(29), Fixtures.Profile(), new FleetOptions(), s_serving, new AutoscalerOptions()));
        Assert.Null(OverloadCheck.Note(Fixtures.Of(60, [Fixtures.Call(0, 1) with { Model = "unknown" }]), Fixtures.Profile(), new FleetOptions(), s_serving, new AutoscalerOptions()));
    }

    [Fact]
    public void Overloaded_run_ends_and_says_what_stayed_unfinished()
    {
        // A load takes longer than the run is given: nothing ever ends.
        var result = FleetSimulation.Run(Fixtures.Schedule(60, 1, 2), Fixtures.Profile(coldStartSeconds: 30 * 86400.0), new FleetOptions(), s_serving, new AutoscalerOptions(), new Seed(42));
        Assert.All(result.Calls, call => Assert.Equal(Outcome.Unfinished, call.Outcome));
        Assert.Equal("2 of 2 calls stayed unfinished: the run was given up when none had ended for 2 days.", result.Assumptions[^1]);
    }

    private static Schedule Minute(int calls) => Fixtures.Schedule(60, [.. Enumerable.Range(0, calls).Select(i => i * 60.0 / calls)]);

    private static double? Share(AutoscalerOptions autoscaler) => OverloadCheck.OfferedBusyShare(Minute(60), Fixtures.Profile(), new FleetOptions(), s_serving, autoscaler);

    private static SimulationResult Simulate(FleetOptions fleet, ServiceProfile? profile = null) =>
        FleetSimulation.Run(Fixtures.Schedule(60, 5), profile ?? s_heavy, fleet, s_serving, new AutoscalerOptions(), new Seed(42));
}
