using LoadLab.Model.Diffusion;
using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.FullSize;

/// <summary>One block of the full width, with everything before and after it, against float64.</summary>
public sealed class FullWidthTests(ITestOutputHelper output)
{
    private const long Memory = 4L << 30;

    [Fact]
    public void Block_of_5B_agrees_with_float64() => AssertAgrees(ModelCatalog.Ti2V5B.Transformer, new LatentGrid(2, 4, 6), 999);

    [Fact]
    public void Block_of_A14B_agrees_with_float64() => AssertAgrees(ModelCatalog.T2VA14B.Transformer, new LatentGrid(2, 4, 4), 386);

    private void AssertAgrees(DitConfig full, LatentGrid grid, float timestep)
    {
        Assert.SkipWhen(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < Memory, "a block of full width needs 4 GiB");
        var config = full with { Layers = 1 };
        var latent = Values(config.InChannels * grid.Positions, seed: 1);
        var context = Values(4 * config.TextDim, seed: 2);
        var weights = new CheapWeights();
        var (velocity, afterBlock) = Run(config, weights, grid, latent, timestep, context);
        var exact = new Float64Transformer(weights, config.Dim, config.FfnDim, config.Heads, config.InChannels);
        var expected = exact.Velocity(latent, (grid.Frames, grid.Height, grid.Width), timestep, context);
        AssertClose("residual stream", [.. exact.AfterBlock.SelectMany(row => row)], afterBlock);
        AssertClose("velocity", expected, velocity);
    }

    private static (float[] Velocity, float[] AfterBlock) Run(DitConfig config, CheapWeights weights, LatentGrid grid, float[] latent, float timestep, float[] context)
    {
        using var backend = TestBackend.Create(threads: 2, Memory);
        using var model = new DitModel(backend, config, weights);
        using var session = model.Open(grid, [context]);
        var probe = new LastBlock(backend);
        return (model.Forward(session, latent, TokenTimesteps.Common(timestep), probe), probe.Values);
    }

    // The tolerance of the golden vectors, whose values are about one; the largest difference is measured against the values' own size.
    private void AssertClose(string what, double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var size = Math.Sqrt(expected.Average(value => value * value));
        var squares = expected.Zip(actual, (e, a) => (e - a) * (e - a)).ToArray();
        var relative = Math.Sqrt(squares.Average()) / size;
        var largest = Math.Sqrt(squares.Max());
        output.WriteLine($"{what}: root mean square {size:g3}, relative L2 {relative:g3}, max-abs {largest:g3}");
        Assert.InRange(size, 0.1, 100);
        Assert.InRange(relative, 0, 2e-5);
        Assert.InRange(largest, 0, 5e-5 * Math.Max(1, size));
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Sqrt(12)))];
    }

    private sealed class LastBlock(ITensorBackend backend) : IProbe
    {
        public float[] Values { get; private set; } = [];

        public void See(string name, Tensor value)
        {
            if (name == "block0_out")
            {
                Values = backend.ToHost(value);
            }
        }
    }
}
