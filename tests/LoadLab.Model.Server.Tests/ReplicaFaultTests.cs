using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

/// <summary>A replica of a real small model goes on after whatever a batch does to it, and its arena holds what it held before.</summary>
public sealed class ReplicaFaultTests(SeededWeightsFolder weights) : IClassFixture<SeededWeightsFolder>
{
    private const int Capacities = 10;

    private static readonly WanModelSpec s_model = ModelCatalog.Ti2V5BPico;
    private static readonly JobShape s_shape = s_model.Native with { Frames = 9, Steps = 2 };
    private static readonly JobShape s_tiny = new(32, 32, 1, 1);
    private static readonly VideoJob[] s_jobs = [new("two cats and a very long story about them", 1), new("x", 2)];

    public static TheoryData<Stage> Stages => [.. Enum.GetValues<Stage>()];

    [Theory]
    [MemberData(nameof(Stages))]
    public void An_arena_too_small_by_any_amount_fails_the_batch_and_gets_every_byte_back(Stage stage)
    {
        var (live, peak) = Needs(stage);
        var (failed, tiny) = (0, 0);
        for (var i = 0; i < Capacities; i++)
        {
            var capacity = live + ((peak - live) * i / Capacities);
            var bench = new BatchBench();
            var worker = BatchBench.Bare(weights.Path, stage, capacity);
            using var replica = new ModelReplica(new ReplicaId(0), () => worker, bench, bench);
            replica.Load(new ModelId(s_model.Name));
            bench.Next<ServingEvent.ModelLoaded>();
            bench.Next<ServingEvent.MemoryObserved>();
            Assert.Equal(live, worker.Memory.LiveBytes);

            failed += Ends(bench, replica, new BatchId(0), stage, s_shape, s_jobs) is "out-of-memory" ? 1 : 0;
            Assert.Equal(live, worker.Memory.LiveBytes);
            tiny += Ends(bench, replica, new BatchId(1), stage, s_tiny, new VideoJob("x", 1) { Guidance = 1 }) is "" ? 1 : 0;
            Assert.Equal(live, worker.Memory.LiveBytes);
            Assert.DoesNotContain(new BatchId(0), bench.Kept.Keys);
        }

        Assert.Equal(Capacities, failed);
        Assert.InRange(tiny, 1, Capacities);
    }

    [Theory]
    [InlineData(Stage.Text)]
    [InlineData(Stage.Denoise)]
    [InlineData(Stage.Decode)]
    public void A_fault_in_a_stage_fails_its_batch_and_the_next_one_is_made_as_ever(Stage stage)
    {
        var bench = new BatchBench();
        var worker = BatchBench.Bare(weights.Path, Stage.Whole, 256 << 20);
        using var replica = new ModelReplica(new ReplicaId(0), () => worker, bench, bench);
        replica.Load(new ModelId(s_model.Name));
        bench.Next<ServingEvent.ModelLoaded>();
        var live = worker.Memory.LiveBytes;
        Assert.Equal("", Ends(bench, replica, new BatchId(0), Stage.Whole, s_shape, s_jobs));
        var expected = bench.Clips.Values.ToList();

        var message = $"no {stage}";
        void Fault() => throw new IOException(message);
        bench.OnTask = _ => { if (stage == Stage.Text) { Fault(); } };
        bench.OnProgress = (_, _) => { if (stage == Stage.Denoise) { Fault(); } };
        bench.OnStore = _ => { if (stage == Stage.Decode) { Fault(); } };
        Assert.Equal($"error IOException: {message}", Ends(bench, replica, new BatchId(1), Stage.Whole, s_shape, s_jobs));
        Assert.Equal(live, worker.Memory.LiveBytes);

        (bench.OnTask, bench.OnProgress, bench.OnStore) = (_ => { }, (_, _) => { }, _ => { });
        bench.Clips.Clear();
        Assert.Equal("", Ends(bench, replica, new BatchId(2), Stage.Whole, s_shape, s_jobs));
        Assert.Equal(expected, bench.Clips.Values);
        Assert.Equal(live, worker.Memory.LiveBytes);
    }

    [Theory]
    [InlineData(Stage.Text)]
    [InlineData(Stage.Denoise)]
    [InlineData(Stage.Decode)]
    public void A_batch_cancelled_in_a_stage_leaves_nothing_and_the_next_one_is_made_as_ever(Stage stage)
    {
        var bench = new BatchBench();
        var worker = BatchBench.Bare(weights.Path, Stage.Whole, 256 << 20);
        using var replica = new ModelReplica(new ReplicaId(0), () => worker, bench, bench);
        replica.Load(new ModelId(s_model.Name));
        bench.Next<ServingEvent.ModelLoaded>();
        var live = worker.Memory.LiveBytes;
        Assert.Equal("", Ends(bench, replica, new BatchId(0), Stage.Whole, s_shape, s_jobs));
        var expected = bench.Clips.Values.ToList();
        bench.Clips.Clear();

        // The jobs of the second batch are numbers 2 and 3. In the decode stage the first has its clip when both are cancelled.
        void CancelBoth()
        {
            replica.Cancel(new BatchId(1), new JobId(2));
            replica.Cancel(new BatchId(1), new JobId(3));
        }

        bench.OnTask = _ => Do(Stage.Text);
        bench.OnProgress = (_, _) => Do(Stage.Denoise);
        bench.OnStore = _ => Do(Stage.Decode);
        var before = worker.Work;
        Assert.Equal("cancelled", Ends(bench, replica, new BatchId(1), Stage.Whole, s_shape, s_jobs));
        Assert.Equal(live, worker.Memory.LiveBytes);
        Assert.Equal(stage == Stage.Decode ? 1 : 0, bench.Clips.Count);
        Assert.Equal(stage switch { Stage.Text => 0, Stage.Denoise => 1, _ => s_shape.Steps }, worker.Work.TransformerCalls - before.TransformerCalls);

        (bench.OnTask, bench.OnProgress, bench.OnStore) = (_ => { }, (_, _) => { }, _ => { });
        bench.Clips.Clear();
        Assert.Equal("", Ends(bench, replica, new BatchId(2), Stage.Whole, s_shape, s_jobs));
        Assert.Equal(expected, bench.Clips.Values);
        Assert.Equal(live, worker.Memory.LiveBytes);

        void Do(Stage where)
        {
            if (where == stage)
            {
                CancelBoth();
            }
        }
    }

    /// <summary>Bytes live once the model is loaded, and the peak of the batch, in an arena with room for all.</summary>
    private (long Live, long Peak) Needs(Stage stage)
    {
        var bench = new BatchBench();
        var worker = BatchBench.Bare(weights.Path, stage, 256 << 20);
        using var loaded = new ModelReplica(new ReplicaId(0), () => worker, bench, bench);
        loaded.Load(new ModelId(s_model.Name));
        bench.Next<ServingEvent.ModelLoaded>();
        var live = worker.Memory.LiveBytes;
        Assert.Equal("", Ends(bench, loaded, new BatchId(0), stage, s_shape, s_jobs));
        Assert.Equal(live, worker.Memory.LiveBytes);
        return (live, worker.Memory.PeakBytes);
    }

    /// <summary>Starts the stage with what a stage before it would have left; the failure's cause, with its detail when it is an error, or nothing when it went well.</summary>
    private static string Ends(BatchBench bench, ModelReplica replica, BatchId batch, Stage stage, JobShape shape, params VideoJob[] jobs)
    {
        var ids = bench.Add(s_model, shape, jobs);
        if (stage is Stage.Denoise or Stage.Decode)
        {
            var dim = s_model.Transformer.TextDim;
            bench.Keep(batch, new HandOver(ids, new BatchState(stage == Stage.Denoise ? 0 : shape.Steps, [.. jobs.Select(job => stage == Stage.Denoise
                ? new JobState(new float[9 * dim], s_model.IsGuided(job) ? new float[20 * dim] : null, null)
                : new JobState(null, null, new float[s_model.LatentCount(shape)]))])));
        }

        replica.Start(batch, stage, 0, ids);
        while (true)
        {
            switch (bench.Next<ServingEvent>())
            {
                case ServingEvent.BatchFailed failed:
                    return failed.Cause == "error" ? $"error {failed.Detail}" : failed.Cause;
                case ServingEvent.BatchDone:
                    return "";
                case ServingEvent.StageDone done when done.Stage == stage && stage != Stage.Decode:
                    return "";
            }
        }
    }
}
