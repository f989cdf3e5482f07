using LoadLab.Model.Sampling;

namespace LoadLab.Model.Verify;

/// <summary>torch-cpu-randn: the first draw of a generator for each seed and shape.</summary>
internal static class TorchRandomCheck
{
    private const int MaxCount = 1 << 26;

    public static void Run(GoldenCase golden)
    {
        foreach (var seed in golden.Config["seeds"].Items.Select(item => item.Seed()))
        {
            foreach (var shape in golden.Config["shapes"].Items.Select(item => item.Items.Select(extent => extent.Bounded("shapes", MaxCount)).ToArray()))
            {
                var count = shape.Aggregate(1, (product, extent) => checked(product * extent));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
                var values = new float[count];
                new TorchRandom(seed).Normal(values);
                golden.Output($"seed{seed}_{string.Join('x', shape)}", values);
            }
        }
    }
}
