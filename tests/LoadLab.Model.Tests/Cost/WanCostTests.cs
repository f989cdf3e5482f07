using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.Cost;

/// <summary>The published model's cost table: figures to the digits printed there. Tera is 1e12, GiB 2^30.</summary>
public sealed class WanCostTests
{
    private static readonly JobShape Small = new(832, 480, 81, 40);

    // Two figures of the published table are not what its own formula gives: cross attention of the first row, 4 N L S d = 5.149, is printed as 5.2, and decoding of the
    // second, 14,400 (0.688 + 20 x 2.162) = 632.6, as 632. The formula's stand here.
    /// <summary>One forward: total, self-attention core, self q k v o, cross q o, cross k v, cross attention, ffn, per-token time path, TFLOP; run in PFLOP; decode, its attention, TFLOP.</summary>
    public static TheoryData<string, JobShape, double[], int[]> Table => new()
    {
        { "wan2.2-ti2v-5b", ModelCatalog.Ti2V5B.Native, [517.0, 274.3, 61.8, 30.9, 0.6, 5.1, 144.2, 3.65, 51.7, 2010, 1.6], [1, 1, 1, 1, 1, 1, 1, 2, 1, 0, 1] },
        { "wan2.2-t2v-a14b", ModelCatalog.T2VA14B.Native, [6523, 4682, 634, 317, 2.1, 31.7, 856, 27.9, 521.9, 633, 6.7], [0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1] },
        { "wan2.2-t2v-a14b", Small, [1678, 879, 275, 137, 2.1, 13.7, 371, 12.1, 134.3, 274, 1.3], [0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Arithmetic_is_the_table_s_to_its_last_digit(string name, JobShape shape, double[] expected, int[] digits)
    {
        var model = ModelCatalog.Find(name)!;
        var forward = WanCost.Forward(model, shape);
        double[] tera =
        [
            forward.Total, forward.SelfAttention, forward.SelfProjections, forward.CrossProjections, forward.CrossKeysValues, forward.CrossAttention, forward.FeedForward,
            WanCost.PerTokenTimeFlops(model, shape), WanCost.ReferenceDenoiseFlops(model, shape, isGuided: true) / 1000,
            WanCost.DecodeFlops(model, shape), WanCost.DecodeAttentionFlops(model, shape),
        ];
        Assert.Equal(expected, tera.Zip(digits, (value, places) => Math.Round(value / 1e12, places)));
    }

    [Fact]
    public void Forward_is_the_sum_of_its_parts_and_its_text_is_done_once_a_prompt()
    {
        var model = ModelCatalog.Ti2V5B;
        var forward = WanCost.Forward(model, model.Native);
        Assert.Equal(forward.Total, WanCost.ForwardFlops(model, model.Native) + WanCost.TextFlops(model));
        Assert.Equal(0.58, Math.Round(forward.CrossKeysValues / 1e12, 2));
        Assert.Equal(2 * ((forward.PerStep * 50) + forward.PerPrompt), WanCost.DenoiseFlops(model, model.Native, isGuided: true));
    }

    [Theory]
    [InlineData("wan2.2-ti2v-5b", 5.831, 18.836)]
    [InlineData("wan2.2-t2v-a14b", 0.688, 2.162)]
    public void First_latent_frame_is_cheaper_to_decode(string name, double first, double later)
    {
        var vae = ModelCatalog.Find(name)!.Vae;
        Assert.Equal(first, Math.Round(VaeCost.FlopsPerLatentPixel(vae, isFirst: true) / 1e9, 3));
        Assert.Equal(later, Math.Round(VaeCost.FlopsPerLatentPixel(vae, isFirst: false) / 1e9, 3));
    }

    [Fact]
    public void A_text_token_costs_two_operations_per_block_parameter() =>
        Assert.Equal(9.3, Math.Round(WanCost.EncodeFlopsPerToken(ModelCatalog.Ti2V5B) / 1e9, 1));

    [Fact]
    public void Parameters_are_the_published_ones_to_the_unit()
    {
        Assert.Equal(new ParameterCount(4_999_787_712, 1, 5_680_910_336, 1_050_148_864, 555_051_580, 149_637_088), ParameterCount.Of(ModelCatalog.Ti2V5B));
        Assert.Equal(new ParameterCount(14_288_491_584, 2, 5_680_910_336, 1_050_148_864, 73_295_603, 53_596_928), ParameterCount.Of(ModelCatalog.T2VA14B));
    }

    [Fact]
    public void Parameter_bytes_are_the_table_s()
    {
        var small = ParameterCount.Of(ModelCatalog.Ti2V5B);
        var large = ParameterCount.Of(ModelCatalog.T2VA14B);
        Assert.Equal([9.31, 26.61, 53.23, 10.58, 1.96, 1.31, 1.03, 0.24, 0.14], Gibibytes(ElementType.BFloat16));
        Assert.Equal([18.63, 53.23, 106.46, 21.16, 3.91, 2.63, 2.07, 0.47, 0.27], Gibibytes(ElementType.Float32));

        IEnumerable<double> Gibibytes(ElementType type) =>
            new[] { small.Transformer, large.Transformer, large.Transformers, small.TextEncoder, small.TextEmbedding, small.Vae, small.VaeDecoder, large.Vae, large.VaeDecoder }
                .Select(count => Gib(count * type.Bytes()));
    }

    /// <summary>residual, q k v, ffn hidden, per-token e0, one head's logits, VAE's largest in GiB; latent in MiB.</summary>
    [Theory]
    [InlineData("wan2.2-ti2v-5b", 1280, 704, 121, new[] { 0.31, 0.47, 0.73, 1.87, 1.39, 1.72 }, 20.0)]
    [InlineData("wan2.2-t2v-a14b", 1280, 720, 81, new[] { 1.44, 2.16, 1.95, 8.65, 10.65, 2.64 }, 18.5)]
    [InlineData("wan2.2-t2v-a14b", 832, 480, 81, new[] { 0.62, 0.94, 0.84, 3.75, 2.00 }, 8.0)]
    public void Activations_are_the_table_s(string name, int width, int height, int frames, double[] expected, double latentMebibytes)
    {
        var table = ActivationTable.Of(ModelCatalog.Find(name)!, new JobShape(width, height, frames, 1), ElementType.BFloat16);
        long[] bytes = [table.Residual, table.QueryKeyValue, table.FfnHidden, table.PerTokenTime, table.HeadLogits, table.VaeLargest];
        Assert.Equal(expected, bytes[..expected.Length].Select(Gib));
        Assert.Equal(latentMebibytes, table.Latent / (double)(1 << 20), 0.3);
    }

    [Fact]
    public void Nano_costs_a_few_gigaflop()
    {
        var model = ModelCatalog.Ti2V5BNano;
        Assert.InRange(WanCost.DenoiseFlops(model, model.Native, isGuided: true) / 1e9, 10, 13);
        Assert.InRange(WanCost.DecodeFlops(model, model.Native) / 1e9, 1, 4);
    }

    private static double Gib(long bytes) => Math.Round(bytes / (double)(1L << 30), 2);
}
