using LoadLab.Model.TextEncoder;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Verify;

/// <summary>t5-relative-bias: buckets of all pairs of positions and the bias they look up.</summary>
internal static class RelativePositionCheck
{
    private const int MaxLength = 4096;

    public static void Run(GoldenCase golden)
    {
        foreach (var (name, config) in golden.Config.Members)
        {
            if (!config.IsTrue("bidirectional"))
            {
                throw new FormatException("only bidirectional relative positions are built");
            }

            Compare(golden, name, config);
        }
    }

    private static void Compare(GoldenCase golden, string name, GoldenConfig config)
    {
        var (queries, keys) = (config["lq"].Bounded("lq", MaxLength), config["lk"].Bounded("lk", MaxLength));
        var (count, heads) = (config.Int("num_buckets"), config.Int("num_heads"));
        var buckets = RelativePosition.Buckets(queries, keys, count, config.Int("max_dist"));
        golden.Output($"{name}/buckets", Array.ConvertAll(buckets, bucket => (long)bucket));
        var view = golden.Weights($"{name}/");
        view.Require([new TensorSpec("embedding.weight", [count, heads], WeightKind.Modulation)]);
        using var weights = new LoadedWeights(golden.Backend, view);
        using var bias = RelativePosition.Bias(golden.Backend, weights.Tensor("embedding.weight", count, heads), buckets, queries, keys);
        var values = new float[bias.Shape.Count];
        golden.Backend.ToHost(bias, values);
        golden.Output($"{name}/bias", values);
    }
}
