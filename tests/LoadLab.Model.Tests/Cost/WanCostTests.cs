using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Tests.Cost;

public sealed class WanCostTests
{
    // A forward with its text is 517.0 TFLOP, 0.58 of them the text; decoding 2010.
    [Fact]
    public void Full_model_costs_what_its_formula_says_at_720p()
    {
        var model = ModelCatalog.Ti2V5B;
        Assert.Equal(517.0, (WanCost.ForwardFlops(model, model.Native) + WanCost.TextFlops(model)) / 1e12, 0.05);
        Assert.Equal(0.60, WanCost.TextFlops(model) / 1e12, 0.02);
        Assert.Equal(51.64, WanCost.DenoiseFlops(model, model.Native, isGuided: true) / 1e15, 0.01);
        Assert.Equal(2010, WanCost.DecodeFlops(model, model.Native) / 1e12, 1.0);
    }

    // Float32: transformer 18.63 GiB, text encoder 21.16, decoder 2.07.
    [Fact]
    public void Weights_take_four_bytes_a_parameter()
    {
        Assert.Equal(41.86, WanCost.WeightBytes(ModelCatalog.Ti2V5B) / (double)(1L << 30), 0.02);
        Assert.Equal((2 * 53.23) + 21.16 + 0.27, WanCost.WeightBytes(ModelCatalog.T2VA14B) / (double)(1L << 30), 0.03);
    }

    // 5.831 GFLOP per latent pixel of the first frame and 18.836 of each later one.
    [Fact]
    public void First_latent_frame_is_cheaper_to_decode()
    {
        var model = ModelCatalog.Ti2V5B;
        var one = WanCost.DecodeFlops(model, model.Native with { Frames = 1 });
        var two = WanCost.DecodeFlops(model, model.Native with { Frames = 5 });
        Assert.Equal(5.831, one / (44 * 80) / 1e9, 0.001);
        Assert.Equal(18.836, (two - one) / (44 * 80) / 1e9, 0.001);
    }

    [Fact]
    public void Nano_costs_a_few_gigaflop()
    {
        var model = ModelCatalog.Ti2V5BNano;
        Assert.InRange(WanCost.DenoiseFlops(model, model.Native, isGuided: true) / 1e9, 10, 13);
        Assert.InRange(WanCost.DecodeFlops(model, model.Native) / 1e9, 1, 4);
    }
}
