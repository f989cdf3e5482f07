using LoadLab.Model.TorchSharp;
using TorchSharp;

namespace LoadLab.Tensors.Tests;

/// <summary>What only the backend on libtorch promises.</summary>
public sealed class TorchBackendTests
{
    [Fact]
    public void An_allocation_that_libtorch_refuses_is_an_outcome_and_the_backend_works_on()
    {
        using var backend = new TorchBackend(TorchDevice.Cpu, long.MaxValue - 64, 1);

        // 2^60 bytes: more than an address space holds.
        var refused = Assert.Throws<OutOfDeviceMemoryException>(() => backend.Zeros(new Shape(1 << 30, 1 << 28)));
        Assert.Equal(1L << 60, refused.RequestedBytes);
        Assert.Equal(0, backend.Memory.LiveBytes);

        using var one = backend.FromHost(new Shape(2), [1, 2]);
        using var two = backend.Combine(2, one, 0, one);
        Assert.Equal([2, 4], backend.Host(two));
    }

    [Fact]
    public void No_tensor_waits_for_the_garbage_collector()
    {
        using var backend = new TorchBackend(TorchDevice.Cpu, 1L << 30, 1);
        _ = backend.Supports(ElementType.BFloat16);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Everything(backend, ElementType.Float32);
        Everything(backend, ElementType.BFloat16);
        Assert.Throws<OutOfDeviceMemoryException>(() => backend.Zeros(new Shape(1 << 20, 1 << 20)));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(0, backend.Memory.LiveBytes);
    }

    [Fact]
    public void A_failure_inside_an_operation_keeps_no_tensor()
    {
        using var backend = new TorchBackend(TorchDevice.Cpu, 1 << 16, 1);
        using var x = backend.Zeros(new Shape(1, 100, 4, 16));
        var (live, tensors) = (backend.Memory.LiveBytes, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        for (var i = 0; i < 3; i++)
        {
            Assert.Throws<OutOfDeviceMemoryException>(() => backend.Concat([x, x, x], 0));
        }

        Assert.Equal((live, tensors), (backend.Memory.LiveBytes, DisposeScopeManager.Statistics.ThreadTotalLiveCount));
    }

    [Theory]
    [InlineData(ElementType.BFloat16, 2.5e-2)]
    [InlineData(ElementType.Float16, 4e-3)]
    public void Narrow_weights_give_their_type_and_values_near_those_of_float32(ElementType type, double tolerance)
    {
        using var backend = new TorchBackend(TorchDevice.Cpu, 1L << 30, 1);
        Assert.SkipUnless(backend.Supports(type), $"this libtorch does not compute in {type} on a processor");
        var wide = Block(backend, ElementType.Float32, out _);
        var narrow = Block(backend, type, out var bytes);
        Assert.Equal([2, 2, 2, 2, 4], bytes);
        Case.Near([.. wide.Select(v => (double)v)], narrow, tolerance, $"{type}");
        Assert.Equal(0, backend.Memory.LiveBytes);
    }

    [Fact]
    public void Convolution_of_a_narrow_type_is_near_that_of_float32()
    {
        using var backend = new TorchBackend(TorchDevice.Cpu, 1L << 30, 1);
        Assert.SkipUnless(backend.Supports(ElementType.BFloat16), "this libtorch does not compute in BFloat16 on a processor");
        var (xs, ws, bs) = (Case.Values(2 * 3 * 5 * 4 * 8, 1), Case.Values(12 * 8 * 27, 2, 0.1f), Case.Values(12, 3));
        using var x = backend.FromHost(new Shape(2, 3, 5, 4, 8), xs);
        using var weight = backend.PrepareConvolution(12, 8, 3, 3, 3, ws, bs, ElementType.BFloat16);
        using var y = backend.Convolution(x, weight, 2, 1, 1);
        Assert.Equal(y.Shape.Count * 2, y.Bytes);
        Case.Near(Reference.Convolution(xs, x.Shape, ws, bs, 12, (3, 3, 3), (2, 1, 1)), backend.Host(y), 2e-2, "bfloat16");
    }

    [Fact]
    public void Draws_are_normal_and_the_same_for_the_same_seed()
    {
        using var backend = new TorchBackend(TorchDevice.Cpu, 1L << 30, 1);
        using var x = backend.DrawTensor(new Shape(200, 500), 3, 0.5f, 7);
        using var again = backend.DrawTensor(new Shape(200, 500), 3, 0.5f, 7);
        using var other = backend.DrawTensor(new Shape(200, 500), 3, 0.5f, 8);
        var values = backend.Host(x);
        Assert.Equal(values, backend.Host(again));
        Assert.NotEqual(values, backend.Host(other));
        var mean = values.Average(v => (double)v);

        // Six standard errors of 100,000 draws.
        Assert.InRange(mean, 3 - 0.01, 3 + 0.01);
        Assert.InRange(Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), 0.493, 0.507);
    }

    [Fact]
    public void Drawn_weights_serve_as_prepared_ones_do()
    {
        using var backend = new TorchBackend(TorchDevice.Cpu, 1L << 30, 1);
        using var linear = backend.DrawLinear(6, 4, 0.02f, 0.01f, 1);
        using var unbiased = backend.DrawLinear(6, 4, 0.02f, null, 1);
        using var convolution = backend.DrawConvolution(5, 4, 3, 3, 3, 0.02f, 0.01f, 2);
        using var zeros = backend.Zeros(new Shape(1, 2, 3, 3, 4));
        using var biases = backend.Linear(zeros, linear);
        using var nothing = backend.Linear(zeros, unbiased);
        using var convolved = backend.Convolution(zeros, convolution, 2, 1, 1);
        Assert.Contains(backend.Host(biases), v => v != 0);
        Assert.All(backend.Host(nothing), v => Assert.Equal(0, v));
        Assert.Equal(new Shape(1, 2, 3, 3, 5), convolved.Shape);
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.DrawLinear(0, 4, 1, null, 1));
        Assert.Throws<NotSupportedException>(() => backend.DrawLinear(1, 1, 1, null, 1, (ElementType)99));
    }

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda:0")]
    [InlineData("cuda:3", "cuda:3")]
    [InlineData("cuda:", null)]
    [InlineData("cuda:-1", null)]
    [InlineData("cuda:999999", null)]
    [InlineData("tpu", null)]
    public void A_device_is_read_by_name_or_refused(string text, string? expected) => Assert.Equal(expected, TorchDevice.Parse(text)?.ToString());

    [Fact]
    public void A_device_that_is_not_there_is_one_clear_message()
    {
        var missing = Assert.Throws<TorchUnavailableException>(() => new TorchBackend(new TorchDevice(63), 1 << 20, 1));
        Assert.Contains("cuda", missing.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', missing.Message);
        Assert.False(TorchBackend.IsAvailable(new TorchDevice(63)));
    }

    /// <summary>A transformer block's path: from a float32 stream through narrow products and back onto it.</summary>
    private static float[] Block(TorchBackend backend, ElementType type, out long[] bytesEach)
    {
        using var weight = backend.PrepareLinear(48, 48, Case.Values(48 * 48, 1, 0.3f), Case.Values(48, 2), type);
        using var gain = backend.FromHost(new Shape(48), Case.Values(48, 3));
        using var gate = backend.FromHost(new Shape(1, 48), Case.Values(48, 4));
        using var cos = backend.FromHost(new Shape(6, 8), Case.Values(48, 5));
        using var sin = backend.FromHost(new Shape(6, 8), Case.Values(48, 6));
        using var bias = backend.FromHost(new Shape(3, 6, 6), Case.Values(108, 7));
        using var x = backend.FromHost(new Shape(2, 6, 48), Case.Values(2 * 6 * 48, 8));
        using var input = backend.LayerNormModulated(x, 1e-6f, gate, null);
        using var projected = backend.Linear(input, weight, Activation.GeluTanh);
        using var normed = backend.RmsNorm(projected, 1e-6f, gain);
        using var heads = backend.Reshape(normed, new Shape(2, 6, 3, 16));
        using var turned = backend.Rope(heads, cos, sin);
        using var mixed = backend.Attention(turned, turned, turned, 0.25f, bias, [6, 3]);
        using var joined = backend.Reshape(mixed, new Shape(2, 6, 48));
        backend.AddGatedInPlace(x, joined, gate);
        backend.AddInPlace(x, projected);
        bytesEach = [.. new[] { projected, normed, turned, joined, x }.Select(tensor => tensor.Bytes / tensor.Shape.Count)];
        return backend.Host(x);
    }

    private static void Everything(TorchBackend backend, ElementType type)
    {
        Block(backend, type, out _);
        using var linear = backend.DrawLinear(8, 8, 0.1f, 0.1f, 1, type);
        using var convolution = backend.DrawConvolution(8, 8, 3, 3, 3, 0.1f, 0.1f, 1, type);
        using var video = backend.Zeros(new Shape(1, 2, 4, 4, 8));
        using var convolved = backend.Convolution(video, convolution, 2, 1, 1);
        using var larger = backend.UpsampleNearest2(convolved);
        using var gamma = backend.DrawTensor(new Shape(8), 1, 0.1f, 2);
        using var normed = backend.ChannelNorm(larger, gamma, Activation.Silu);
        using var mapped = backend.Linear(normed, linear, Activation.Silu);
        using var sum = backend.Add(mapped, gamma);
        using var product = backend.Multiply(mapped, gamma);
        using var combined = backend.Combine(1, sum, 2, product);
        using var clamped = backend.Clamp(combined, -1, 1);
        using var active = backend.Activate(clamped, Activation.GeluTanh);
        using var turned = backend.Permute(active, [4, 0, 1, 2, 3]);
        using var part = backend.Slice(turned, 0, 0, 4);
        using var whole = backend.Concat([part, part], 0);
        using var table = backend.Reshape(whole, new Shape(8, 128));
        using var rows = backend.Gather(table, [7, 0]);
        using var affine = backend.DrawTensor(new Shape(128), 0, 1, 3);
        using var layer = backend.LayerNorm(rows, 1e-5f, affine, affine);
        backend.AddInPlace(layer, rows);
        backend.Synchronize();
    }
}
