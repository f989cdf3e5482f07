using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Weights;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

/// <summary>
/// Batches as replicas run them, on the real small models. On the processor a batch of b is b single runs bit for bit, whatever the lengths of its prompts; on an engine
/// that tiles by the number of rows it would be so within that engine's tolerance only.
/// </summary>
public sealed class ServedBatchTests(SeededWeightsFolder weights) : IClassFixture<SeededWeightsFolder>
{
    private static readonly VideoJob[] s_jobs =
    [
        new("two cats", 1),
        new("a very long prompt that has many more words than the others do, about a harbour at night, lanterns, rain and a slow train over the bridge", 2) { Guidance = 3, NegativePrompt = "blurred" },
        new("x", 3) { Guidance = 6.5f },
    ];

    public static TheoryData<string> Small => ["wan2.2-ti2v-5b-pico", "wan2.2-ti2v-5b-nano", "wan2.2-t2v-a14b-pico"];

    [Theory]
    [MemberData(nameof(Small))]
    public void A_batch_is_one_call_a_step_and_equals_single_runs_bit_for_bit(string name)
    {
        var (model, shape) = Model(name);
        using var worker = BatchBench.Worker(model, weights.Path);
        var bench = new BatchBench();
        var alone = bench.Add(model, shape, s_jobs);
        for (var i = 0; i < alone.Length; i++)
        {
            Assert.Equal(StageEnd.Done, bench.Run(worker, new BatchId(i), Stage.Whole, alone[i]));
        }

        var before = worker.Work;
        var together = bench.Add(model, shape, s_jobs);
        Assert.Equal(StageEnd.Done, bench.Run(worker, new BatchId(9), Stage.Whole, together));

        Assert.Equal(shape.Steps, worker.Work.TransformerCalls - before.TransformerCalls);
        Assert.Equal(2L * s_jobs.Length * shape.Steps, worker.Work.TransformerLatents - before.TransformerLatents);
        Assert.All(alone.Zip(together), pair => Assert.Equal(bench.Clips[pair.First], bench.Clips[pair.Second]));
        Assert.NotEqual(bench.Clips[alone[0]], bench.Clips[alone[1]]);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void A_job_cancelled_at_a_step_costs_nothing_from_there_and_changes_no_other_clip(string name)
    {
        var (model, shape) = Model(name);
        using var worker = BatchBench.Worker(model, weights.Path);
        var bench = new BatchBench();
        var whole = bench.Add(model, shape, s_jobs);
        bench.Run(worker, new BatchId(0), Stage.Whole, whole);
        var before = worker.Work;
        var live = worker.Memory.LiveBytes;
        var jobs = bench.Add(model, shape, s_jobs);
        var runner = bench.Runner(worker);
        const int At = 2;
        bench.OnProgress = (_, steps) =>
        {
            if (steps == At)
            {
                runner.Cancel(new BatchId(1), jobs[1]);
            }
        };

        Assert.Equal(StageEnd.Done, runner.Run(new ReplicaCommand.Start(new BatchId(1), Stage.Whole, 0, jobs)));

        Assert.Equal(2L * ((3 * At) + (2 * (shape.Steps - At))), worker.Work.TransformerLatents - before.TransformerLatents);
        Assert.Equal(bench.Clips[whole[0]], bench.Clips[jobs[0]]);
        Assert.Equal(bench.Clips[whole[2]], bench.Clips[jobs[2]]);
        Assert.False(bench.Clips.ContainsKey(jobs[1]));
        Assert.Equal(live, worker.Memory.LiveBytes);
    }

    [Fact]
    public void A_job_cancelled_while_another_is_decoded_is_not_decoded()
    {
        var (model, shape) = Model("wan2.2-ti2v-5b-pico");
        using var worker = BatchBench.Worker(model, weights.Path);
        var bench = new BatchBench();
        var jobs = bench.Add(model, shape, s_jobs);
        var runner = bench.Runner(worker);
        bench.OnStore = _ => runner.Cancel(new BatchId(0), jobs[1]);

        Assert.Equal(StageEnd.Done, runner.Run(new ReplicaCommand.Start(new BatchId(0), Stage.Whole, 0, jobs)));

        Assert.Equal([jobs[0], jobs[2]], bench.Clips.Keys.Order(Comparer<JobId>.Create((a, b) => a.Value.CompareTo(b.Value))));
    }

    [Fact]
    public void A_batch_cancelled_before_it_begins_encodes_no_text()
    {
        var (model, shape) = Model("wan2.2-ti2v-5b-pico");
        using var worker = BatchBench.Worker(model, weights.Path);
        var bench = new BatchBench();
        var before = worker.Work;
        var jobs = bench.Add(model, shape, s_jobs[..1]);
        var runner = bench.Runner(worker);
        runner.Cancel(new BatchId(0), jobs[0]);

        Assert.Equal(StageEnd.Cancelled, runner.Run(new ReplicaCommand.Start(new BatchId(0), Stage.Whole, 0, jobs)));
        Assert.Equal(before, worker.Work);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Three_replicas_in_a_row_make_the_clips_of_one(string name)
    {
        var (model, shape) = Model(name);
        var bench = new BatchBench();
        long all;
        JobId[] alone;
        using (var whole = BatchBench.Worker(model, weights.Path))
        {
            all = whole.Memory.LiveBytes;
            alone = bench.Add(model, shape, s_jobs);
            bench.Run(whole, new BatchId(0), Stage.Whole, alone);
        }

        using var text = BatchBench.Worker(model, weights.Path, Stage.Text);
        using var denoise = BatchBench.Worker(model, weights.Path, Stage.Denoise);
        using var decode = BatchBench.Worker(model, weights.Path, Stage.Decode);
        long[] live = [text.Memory.LiveBytes, denoise.Memory.LiveBytes, decode.Memory.LiveBytes];
        Assert.Equal(all, live.Sum());
        Assert.DoesNotContain(0, live);
        var jobs = bench.Add(model, shape, s_jobs);
        var batch = new BatchId(1);
        bench.Events.Clear();

        Assert.Equal(StageEnd.More, bench.Run(text, batch, Stage.Text, jobs));
        var contexts = bench.Kept[batch].State;
        Assert.Equal(StageEnd.More, bench.Run(denoise, batch, Stage.Denoise, jobs));
        var latents = bench.Kept[batch].State;
        Assert.Equal(StageEnd.Done, bench.Run(decode, batch, Stage.Decode, jobs));

        Assert.All(alone.Zip(jobs), pair => Assert.Equal(bench.Clips[pair.First], bench.Clips[pair.Second]));
        Assert.Equal(Enum.GetValues<Stage>()[1..].Select(stage => new ServingEvent.StageDone(new ReplicaId(0), batch, stage)), bench.Events);
        Assert.Empty(bench.Kept);
        long[] after = [text.Memory.LiveBytes, denoise.Memory.LiveBytes, decode.Memory.LiveBytes];
        Assert.Equal(live, after);
        Assert.Equal((0, shape.Steps), (contexts.StepsDone, latents.StepsDone));
        Assert.Equal(3L * model.LatentCount(shape) * sizeof(float), latents.Bytes);

        // Two jobs share the model's own negative prompt.
        var rows = contexts.Jobs.Sum(job => job.Prompt!.Length) + contexts.Jobs[0].Negative!.Length + contexts.Jobs[1].Negative!.Length;
        Assert.Equal((long)rows * sizeof(float), contexts.Bytes);
        Assert.Same(contexts.Jobs[0].Negative, contexts.Jobs[2].Negative);
    }

    [Fact]
    public void A_job_cancelled_in_one_stage_is_not_in_what_the_next_gets()
    {
        var (model, shape) = Model("wan2.2-ti2v-5b-pico");
        var bench = new BatchBench();
        using var worker = BatchBench.Worker(model, weights.Path);
        var whole = bench.Add(model, shape, s_jobs);
        bench.Run(worker, new BatchId(0), Stage.Whole, whole);
        var jobs = bench.Add(model, shape, s_jobs);
        var batch = new BatchId(1);
        var runner = bench.Runner(worker);

        // The first in the text stage, the second between the stages, where the next one is no longer started with it.
        runner.Cancel(batch, jobs[0]);
        Assert.Equal(StageEnd.More, runner.Run(new ReplicaCommand.Start(batch, Stage.Text, 0, jobs)));
        Assert.Equal(jobs[1..], bench.Kept[batch].Jobs);
        var before = worker.Work;
        Assert.Equal(StageEnd.More, bench.Run(worker, batch, Stage.Denoise, jobs[2]));
        Assert.Equal(2L * shape.Steps, worker.Work.TransformerLatents - before.TransformerLatents);
        Assert.Equal(StageEnd.Done, bench.Run(worker, batch, Stage.Decode, jobs[2]));

        Assert.Equal(bench.Clips[whole[2]], bench.Clips[jobs[2]]);
        Assert.Equal(4, bench.Clips.Count);
    }

    [Fact]
    public void A_replica_that_loaded_nothing_yet_loads_what_its_stage_needs_and_keeps_it()
    {
        var (model, shape) = Model("wan2.2-t2v-a14b-pico");
        var bench = new BatchBench();
        using var eager = BatchBench.Worker(model, weights.Path, Stage.Denoise);
        using var text = BatchBench.Worker(model, weights.Path, Stage.Text);
        using var lazy = new WanVideoWorker(new CpuBackend(256 << 20, threads: 1), "test", new WeightsSource.Seeded(weights.Path), parts: ModelParts.None);
        Assert.True(lazy.Load(new ModelId(model.Name)));
        Assert.Equal(0, lazy.Memory.LiveBytes);
        Assert.False(lazy.Load(new ModelId(model.Name)));
        Assert.Equal(0, lazy.Memory.LiveBytes);
        for (var batch = 0; batch < 2; batch++)
        {
            var jobs = bench.Add(model, shape, s_jobs[..1]);
            bench.Run(text, new BatchId(batch), Stage.Text, jobs);
            bench.Run(lazy, new BatchId(batch), Stage.Denoise, jobs);
            Assert.Equal(eager.Memory.LiveBytes, lazy.Memory.LiveBytes);
        }
    }

    [Theory]
    [InlineData(Stage.Whole)]
    [InlineData(Stage.Text)]
    [InlineData(Stage.Denoise)]
    [InlineData(Stage.Decode)]
    public void A_ping_computes_a_little_and_leaves_memory_as_it_was(Stage stage)
    {
        var (model, _) = Model("wan2.2-t2v-a14b-pico");
        using var worker = BatchBench.Worker(model, weights.Path, stage, textCacheBytes: 1 << 20);
        var (before, memory) = (worker.Work, worker.Memory);
        for (var ping = 0; ping < 3; ping++)
        {
            Assert.False(worker.Load(new ModelId(model.Name)));
        }

        Assert.Equal(stage is Stage.Whole or Stage.Text ? 6 : 0, worker.Work.TextEncodings - before.TextEncodings);
        Assert.Equal(stage is Stage.Whole or Stage.Denoise ? 9 : 0, worker.Work.TransformerCalls - before.TransformerCalls);
        Assert.Equal((memory.LiveBytes, 0L), (worker.Memory.LiveBytes, worker.Memory.CacheBytes));
    }

    [Fact]
    public void Loading_another_model_lets_the_first_one_go()
    {
        using var worker = BatchBench.Worker(ModelCatalog.Ti2V5BPico, weights.Path);
        var live = worker.Memory.LiveBytes;
        Assert.True(worker.Load(new ModelId(ModelCatalog.T2VA14BPico.Name)));
        worker.Unload(new ModelId(ModelCatalog.Ti2V5BPico.Name));
        Assert.NotEqual(0, worker.Memory.LiveBytes);
        Assert.True(worker.Load(new ModelId(ModelCatalog.Ti2V5BPico.Name)));
        Assert.Equal(live, worker.Memory.LiveBytes);
        worker.Unload(new ModelId(ModelCatalog.Ti2V5BPico.Name));
        Assert.Equal(0, worker.Memory.LiveBytes);
    }

    /// <summary>Small enough for seconds; the steps use both experts of a model that has two.</summary>
    private static (WanModelSpec Model, JobShape Shape) Model(string name)
    {
        var model = ModelCatalog.Find(name)!;
        return (model, model.Native with { Width = 64, Height = 64, Frames = 5, Steps = 4 });
    }
}

/// <summary>One folder of small models' weights for the tests of a class.</summary>
public sealed class SeededWeightsFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.Path;

    public void Dispose() => _folder.Dispose();
}
