namespace LoadLab.Tensors.Tests;

public sealed class DrawingTests
{
    [Fact]
    public void Stream_can_be_drawn_in_pieces()
    {
        var whole = new float[100];
        NormalDraw.Fill(whole, 1, 2, seed: 7);
        var piece = new float[30];
        NormalDraw.Fill(piece, 1, 2, seed: 7, first: 70);
        Assert.Equal(whole[70..], piece);
        NormalDraw.Fill(piece, 1, 2, seed: 8, first: 70);
        Assert.NotEqual(whole[70..], piece);
    }

    [Fact]
    public void Drawn_tensor_has_its_mean_and_deviation_whatever_the_thread_count()
    {
        using var one = new CpuBackend(1 << 26, 1);
        using var two = new CpuBackend(1 << 26, 2);
        var values = Values(one);
        Assert.Equal(values, Values(two));
        var mean = values.Average(value => (double)value);
        Assert.Equal(3, mean, 0.01);
        Assert.Equal(0.5, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), 0.01);

        static float[] Values(CpuBackend backend)
        {
            using var tensor = backend.DrawTensor(new Shape(100, 1000), 3, 0.5f, seed: 11);
            var host = new float[tensor.Shape.Count];
            backend.ToHost(tensor, host);
            return host;
        }
    }

    [Fact]
    public void Drawn_weights_multiply_as_prepared_ones_do_and_leave_no_scratch_alive()
    {
        using var backend = new CpuBackend(1 << 26, 2);
        var weight = new float[24 * 40];
        var bias = new float[24];
        NormalDraw.Fill(weight, 0, 0.25, seed: 5);
        NormalDraw.Fill(bias, 0, 0.1f, ~5UL);
        using var prepared = backend.PrepareLinear(24, 40, weight, bias);
        var before = backend.Memory.LiveBytes;
        using var drawn = backend.DrawLinear(24, 40, 0.25f, 0.1f, seed: 5);
        Assert.Equal(before, backend.Memory.LiveBytes - before);
        using var x = backend.DrawTensor(new Shape(3, 40), 0, 1, seed: 1);
        using var expected = backend.Linear(x, prepared);
        using var actual = backend.Linear(x, drawn);
        Assert.Equal(Host(expected), Host(actual));

        float[] Host(Tensor tensor)
        {
            var host = new float[tensor.Shape.Count];
            backend.ToHost(tensor, host);
            return host;
        }
    }
}
