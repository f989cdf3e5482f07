using System.Reflection;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.Weights;

public sealed class DrawnWeightsTests(SeededModels models)
{
    private static readonly WanModelSpec Pico = ModelCatalog.Ti2V5BPico;

    [Fact]
    public void Drawn_model_makes_the_same_clip_every_time_and_says_that_it_is_random()
    {
        var first = Clip(Pico, new WeightsSource.Drawn(), out var label);
        Assert.Equal(first, Clip(Pico, new WeightsSource.Drawn(), out _));
        Assert.Equal("random weights, drawn on the device", label);
        Assert.NotEqual(first, Clip(Pico with { Name = "another-name" }, new WeightsSource.Drawn(), out _));
        Assert.InRange(first.Distinct().Count(), 100, 256);
    }

    // On the processor both come from the same streams, the deviation rounded to float32; only biases have seeds of their own.
    [Fact]
    public void Drawn_values_are_those_of_the_small_models_files()
    {
        using var drawn = Checkpoint.Open(Pico, new WeightsSource.Drawn());
        using var cached = Checkpoint.Open(Pico, new WeightsSource.Seeded(models.Folder));
        using var backend = TestBackend.Create();
        AssertEqual(view => view.Transformer.Tensor(backend, "blocks.1.self_attn.norm_k.weight", new Shape(96)));
        AssertEqual(view => view.Transformer.Tensor(backend, "head.modulation", new Shape(192)));
        AssertEqual(view => view.TextEncoder.Rows("token_embedding.weight", 1024, 64).Gather(backend, [0, 1023, 500, 1023]));
        AssertEqual(view =>
        {
            using var weight = view.TextEncoder.Linear(backend, "blocks.0.ffn.fc1", 128, 64, bias: false, ElementType.Float32);
            using var unit = backend.FromHost(new Shape(64, 64), [.. Enumerable.Range(0, 64 * 64).Select(i => i % 65 == 0 ? 1f : 0f)]);
            return backend.Linear(unit, weight);
        });

        void AssertEqual(Func<NetworkWeights, Tensor> read)
        {
            using var expected = read(cached.Weights);
            using var actual = read(drawn.Weights);
            Assert.Equal(backend.ToHost(expected), backend.ToHost(actual), (e, a) => Math.Abs(e - a) <= 5e-7f);
        }
    }

    [Fact]
    public void Experts_of_a_drawn_model_differ()
    {
        using var drawn = Checkpoint.Open(ModelCatalog.T2VA14B, new WeightsSource.Drawn());
        using var backend = TestBackend.Create();
        using var high = drawn.Weights.Transformer.Tensor(backend, "blocks.39.norm3.weight", new Shape(5120));
        using var low = drawn.Weights.LowNoise!.Tensor(backend, "blocks.39.norm3.weight", new Shape(5120));
        Assert.NotEqual(backend.ToHost(high), backend.ToHost(low));
        Assert.Equal(1, backend.ToHost(high).Average(), 0.02);
    }

    [Fact]
    public void Backend_that_cannot_draw_is_refused_by_name()
    {
        var backend = DispatchProxy.Create<ITensorBackend, PlainBackend>();
        using var drawn = Checkpoint.Open(Pico, new WeightsSource.Drawn());
        var refusal = Assert.Throws<WeightsException>(() => drawn.Weights.Vae.Tensor(backend, "decoder.head.0.gamma", new Shape(4)));
        Assert.Contains("backend plain cannot draw random weights", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Source_of_a_path_follows_the_model()
    {
        Assert.Equal(new WeightsSource.Seeded("x"), WeightsSource.Of(Pico, "x"));
        Assert.Equal(new WeightsSource.Folder("x"), WeightsSource.Of(ModelCatalog.Ti2V5B, "x"));
        Assert.False(new WeightsSource.Folder("x").IsRandom);
        Assert.True(new WeightsSource.Seeded("x").IsRandom);
    }

    private static byte[] Clip(WanModelSpec model, WeightsSource source, out string label)
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, source, backend);
        label = pipeline.Weights.Label;
        return pipeline.Generate(model.Native with { Steps = 2 }, [new VideoJob("two cats", 1)])[0].Rgb;
    }

    public class PlainBackend : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name == "get_Name" ? "plain" : throw new NotSupportedException();
    }
}
