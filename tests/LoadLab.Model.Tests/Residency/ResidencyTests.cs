using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.Residency;

/// <summary>Parts of a model in other places make the same clips, and what is freed is gone.</summary>
public sealed class ResidencyTests(SeededModels models)
{
    private static readonly VideoJob[] Two = [new("two cats", 1), new("a lighthouse in a storm", 2)];

    [Theory]
    [InlineData("wan2.2-ti2v-5b-nano", TextPlace.Host, TransformerPlace.Device)]
    [InlineData("wan2.2-ti2v-5b-nano", TextPlace.Offloaded, TransformerPlace.Device)]
    [InlineData("wan2.2-ti2v-5b-pico", TextPlace.Offloaded, TransformerPlace.Offloaded)]
    [InlineData("wan2.2-t2v-a14b-pico", TextPlace.Host, TransformerPlace.Offloaded)]
    [InlineData("wan2.2-t2v-a14b-pico", TextPlace.Device, TransformerPlace.Offloaded)]
    public void Every_plan_makes_the_same_clips_batch_after_batch(string name, TextPlace text, TransformerPlace transformer)
    {
        var model = ModelCatalog.Find(name)!;
        var expected = Clips(model, ResidencyPlan.Resident, batches: 1);
        Assert.Equal(expected.Concat(expected), Clips(model, new ResidencyPlan { Text = text, Transformer = transformer }, batches: 2));
    }

    [Fact]
    public void Offloaded_text_encoder_is_on_the_device_for_its_stage_only()
    {
        using var backend = TestBackend.Create();
        using var pipeline = Load(ModelCatalog.Ti2V5BPico, new ResidencyPlan { Text = TextPlace.Offloaded }, backend);
        var loaded = backend.Memory.LiveBytes;
        using var batch = pipeline.Prepare(pipeline.Model.Native, Two);
        backend.Memory.ResetPeak();
        pipeline.EncodeText(batch);
        Assert.True(backend.Memory.PeakBytes > loaded);
        Assert.Equal(loaded, backend.Memory.LiveBytes);
    }

    [Fact]
    public void One_expert_at_a_time_is_loaded_and_none_after_the_last_step()
    {
        var model = ModelCatalog.T2VA14BPico;
        using var backend = TestBackend.Create();
        using var pipeline = Load(model, new ResidencyPlan { Transformer = TransformerPlace.Offloaded }, backend);
        var (empty, live) = (backend.Memory.LiveBytes, new List<long>());
        pipeline.Generate(model.Native, [Two[0]], _ => live.Add(backend.Memory.LiveBytes));
        Assert.Equal(model.Native.Steps, live.Count);
        Assert.Equal(live[0], live[^2]);
        Assert.True(live[0] > empty);
        Assert.Equal(empty, live[^1]);
        Assert.Equal(empty, backend.Memory.LiveBytes);
    }

    [Fact]
    public void Text_encoder_on_the_host_never_touches_the_device()
    {
        using var device = TestBackend.Create();
        using var host = TestBackend.Create();
        var plan = new ResidencyPlan { Text = TextPlace.Host };
        using (var pipeline = WanPipeline.Load(ModelCatalog.Ti2V5BPico, models.Folder, device, plan: plan, host: host))
        {
            Assert.True(host.Memory.LiveBytes > 0);
            using var batch = pipeline.Prepare(pipeline.Model.Native, Two);
            device.Memory.ResetPeak();
            pipeline.EncodeText(batch);
            Assert.Equal(device.Memory.LiveBytes, device.Memory.PeakBytes);
            Assert.True(host.Memory.PeakBytes > host.Memory.LiveBytes);
        }

        Assert.Equal(0, host.Memory.LiveBytes);
        Assert.Equal(0, device.Memory.LiveBytes);
    }

    [Fact]
    public void Text_encoder_on_the_host_without_one_is_refused()
    {
        using var backend = TestBackend.Create();
        var refusal = Assert.Throws<ArgumentException>(() => Load(ModelCatalog.Ti2V5BPico, new ResidencyPlan { Text = TextPlace.Host }, backend));
        Assert.Contains("host backend", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, backend.Memory.LiveBytes);
    }

    // A device that holds what stays, and a little more: each part fails as it comes, leaves nothing, and the next batch tries again.
    [Theory]
    [InlineData(TextPlace.Offloaded, TransformerPlace.Device)]
    [InlineData(TextPlace.Host, TransformerPlace.Offloaded)]
    public void A_part_that_finds_no_room_leaves_nothing_behind(TextPlace text, TransformerPlace transformer)
    {
        var plan = new ResidencyPlan { Text = text, Transformer = transformer };
        using var roomy = TestBackend.Create();
        using var host = TestBackend.Create();
        long stays;
        using (var pipeline = WanPipeline.Load(ModelCatalog.Ti2V5BPico, models.Folder, roomy, plan: plan, host: host))
        {
            stays = roomy.Memory.LiveBytes;
        }

        using var tight = TestBackend.Create(1, stays + 4096);
        using var cramped = WanPipeline.Load(ModelCatalog.Ti2V5BPico, models.Folder, tight, plan: plan, host: host);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.Throws<OutOfDeviceMemoryException>(() => cramped.Generate(cramped.Model.Native, [Two[0]]));
            Assert.Equal(stays, tight.Memory.LiveBytes);
        }
    }

    [Fact]
    public void A_batch_given_up_in_its_steps_does_not_keep_an_expert_from_leaving()
    {
        var model = ModelCatalog.T2VA14BPico;
        using var backend = TestBackend.Create();
        using var pipeline = Load(model, new ResidencyPlan { Transformer = TransformerPlace.Offloaded }, backend);
        var empty = backend.Memory.LiveBytes;
        using (var given = pipeline.Prepare(model.Native, Two))
        {
            pipeline.EncodeText(given);
            pipeline.DenoiseStep(given);
        }

        using var next = pipeline.Prepare(model.Native, Two);
        pipeline.EncodeText(next);
        Assert.Equal(empty, backend.Memory.LiveBytes);
    }

    private WanPipeline Load(WanModelSpec model, ResidencyPlan plan, ITensorBackend backend) => WanPipeline.Load(model, models.Folder, backend, plan: plan);

    private List<byte[]> Clips(WanModelSpec model, ResidencyPlan plan, int batches)
    {
        using var backend = TestBackend.Create();
        using var host = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, models.Folder, backend, plan: plan, host: host);
        var clips = new List<byte[]>();
        for (var i = 0; i < batches; i++)
        {
            clips.AddRange(pipeline.Generate(model.Native with { Steps = 3 }, Two).Select(clip => clip.Rgb));
        }

        return clips;
    }
}
