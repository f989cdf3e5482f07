using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Tests.Pipeline;

public sealed class ModelCatalogTests
{
    // Parameter counts of the checkpoints: DiT 4,999,787,712; umT5 encoder 5,680,910,336; VAE decoder with conv2 555,051,580.
    [Fact]
    public void Full_configuration_has_the_checkpoints_parameter_counts()
    {
        var model = ModelCatalog.Ti2V5B;
        Assert.Equal(4_999_787_712, Count(model.Transformer.Tensors()));
        Assert.Equal(5_680_910_336, Count(model.TextEncoder.Tensors()));
        Assert.Equal(555_051_580, Count(model.Vae.Tensors()));
        Assert.Equal(825, model.Transformer.Tensors().Count());
        Assert.Equal(242, model.TextEncoder.Tensors().Count());
        Assert.Equal(110, model.Vae.Tensors().Count());
    }

    // 14,288,491,584 per expert, 1095 tensors; decoder with conv2 73,295,603.
    [Fact]
    public void Two_expert_configuration_has_the_checkpoints_parameter_counts()
    {
        var model = ModelCatalog.T2VA14B;
        Assert.Equal(14_288_491_584, Count(model.Transformer.Tensors()));
        Assert.Equal(1095, model.Transformer.Tensors().Count());
        Assert.Equal(73_295_603, Count(model.Vae.Tensors()));
        Assert.Equal(75_600, model.Tokens(model.Native));
    }

    [Fact]
    public void Token_counts_follow_the_strides()
    {
        Assert.Equal(27_280, ModelCatalog.Ti2V5B.Tokens(ModelCatalog.Ti2V5B.Native));
        Assert.Equal(45, ModelCatalog.Ti2V5BNano.Tokens(ModelCatalog.Ti2V5BNano.Native));
        Assert.Equal(48 * 31 * 44 * 80, ModelCatalog.Ti2V5B.LatentCount(ModelCatalog.Ti2V5B.Native));
    }

    [Fact]
    public void Every_model_accepts_its_native_shape_and_is_found_by_name()
    {
        Assert.All(ModelCatalog.All, model => Assert.Empty(model.Shapes.Check(model.Native)));
        Assert.All(ModelCatalog.All, model => Assert.Same(model, ModelCatalog.Find(model.Name)));
        Assert.Null(ModelCatalog.Find("wan9"));
    }

    [Theory]
    [InlineData(160, 96, 9, 8, "")]
    [InlineData(161, 96, 9, 8, "size")]
    [InlineData(160, 0, 9, 8, "size")]
    [InlineData(544, 96, 9, 8, "size")]
    [InlineData(160, 96, 10, 8, "frames")]
    [InlineData(160, 96, -3, 8, "frames")]
    [InlineData(160, 96, 85, 8, "frames")]
    [InlineData(160, 96, 9, 0, "steps")]
    [InlineData(-32, 96, 0, 51, "size,frames,steps")]
    public void Shape_is_accepted_or_refused_field_by_field(int width, int height, int frames, int steps, string fields)
    {
        var problems = ModelCatalog.Ti2V5BNano.Shapes.Check(new JobShape(width, height, frames, steps));
        Assert.Equal(fields, string.Join(',', problems.Select(problem => problem.Field)));
    }

    [Fact]
    public void Full_model_accepts_only_its_own_sizes()
    {
        var problem = Assert.Single(ModelCatalog.Ti2V5B.Shapes.Check(new JobShape(1280, 720, 121, 50)));
        Assert.Equal("size is 1280x720; accepted: 1280x704, 704x1280, 832x480, 480x832", problem.ToString());
        Assert.All([(832, 480), (480, 832)], size => Assert.Empty(ModelCatalog.Ti2V5B.Shapes.Check(new JobShape(size.Item1, size.Item2, 81, 20))));
        Assert.Equal(21 * 15 * 26, ModelCatalog.Ti2V5B.Tokens(new JobShape(832, 480, 81, 20)));
    }

    private static long Count(IEnumerable<LoadLab.Model.Weights.TensorSpec> specs) =>
        specs.Sum(spec => spec.Shape.Aggregate(1L, (count, extent) => count * extent));
}
