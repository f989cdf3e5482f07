namespace LoadLab.Tensors.Tests;

public sealed class ArgumentTests : IDisposable
{
    private readonly CpuBackend _backend = new(1 << 24, 1);

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void A_wrong_shape_names_both_shapes()
    {
        using var a = _backend.Zeros(new Shape(2, 3));
        using var b = _backend.Zeros(new Shape(3, 2));
        var wrong = Assert.Throws<ArgumentException>(() => _backend.Combine(1, a, 1, b));
        Assert.Contains("[2, 3]", wrong.Message);
        Assert.Contains("[3, 2]", wrong.Message);
    }

    [Fact]
    public void Weight_of_a_narrow_type_is_refused_before_memory_is_taken()
    {
        Assert.False(((ITensorBackend)_backend).Supports(ElementType.BFloat16));
        Assert.Throws<NotSupportedException>(() => _backend.PrepareLinear(1, 1, [1], [], ElementType.BFloat16));
        Assert.Throws<NotSupportedException>(() => _backend.PrepareConvolution(1, 1, 1, 1, 1, [1], [], ElementType.Float16));
        Assert.Equal(0, _backend.Memory.LiveBytes);
    }

    [Fact]
    public void Every_operation_refuses_shapes_that_do_not_fit_and_keeps_no_memory()
    {
        using var x = _backend.Zeros(new Shape(1, 4, 2, 6));
        using var flat = _backend.Zeros(new Shape(1, 4, 12));
        using var five = _backend.Zeros(new Shape(5));
        using var video = _backend.Zeros(new Shape(1, 1, 2, 2, 3));
        using var linear = _backend.PrepareLinear(2, 5, new float[10], []);
        using var convolution = _backend.PrepareConvolution(2, 3, 1, 3, 3, new float[54], []);
        var before = _backend.Memory.LiveBytes;
        Action[] wrong =
        [
            () => _backend.FromHost(new Shape(2), [1, 2, 3]),
            () => _backend.ToHost(five, new float[4]),
            () => _backend.PrepareLinear(2, 3, new float[5], []),
            () => _backend.PrepareLinear(2, 3, new float[6], new float[3]),
            () => _backend.PrepareLinear(0, 3, [], []),
            () => _backend.PrepareConvolution(1, 1, 1, 0, 1, [], []),
            () => _backend.Linear(x, linear),
            () => _backend.Attention(x, flat, flat, 1),
            () => _backend.Attention(x, x, x, 1, five),
            () => _backend.Attention(x, x, x, 1, null, [1, 2]),
            () => _backend.Attention(x, x, x, 1, null, [5]),
            () => _backend.Convolution(video, convolution, 0, 0, 0),
            () => _backend.Convolution(x, convolution, 0, 1, 1),
            () => _backend.LayerNormModulated(x, 1, null, null),
            () => _backend.LayerNormModulated(flat, 1, five, null),
            () => _backend.LayerNormModulated(flat, 1, null, null, [1]),
            () => _backend.LayerNorm(flat, 1, five, five),
            () => _backend.RmsNorm(flat, 1, five),
            () => _backend.ChannelNorm(flat, five, Activation.None),
            () => _backend.Rope(x, five, five),
            () => _backend.Add(flat, five),
            () => _backend.AddInPlace(flat, five),
            () => _backend.AddGatedInPlace(flat, flat, five),
            () => _backend.Reshape(five, new Shape(4)),
            () => _backend.Permute(x, [0, 1, 2, 2]),
            () => _backend.Slice(five, 0, 4, 2),
            () => _backend.Slice(five, 1, 0, 1),
            () => _backend.Concat([], 0),
            () => _backend.Concat([flat, five], 0),
            () => _backend.Gather(five, [0]),
            () => _backend.UpsampleNearest2(x),
        ];
        for (var i = 0; i < wrong.Length; i++)
        {
            Assert.True(Record.Exception(wrong[i]) is ArgumentException, $"case {i} did not throw");
        }

        Assert.Equal(before, _backend.Memory.LiveBytes);
    }

    [Fact]
    public void A_disposed_input_is_refused_and_keeps_no_memory()
    {
        var gone = _backend.Zeros(new Shape(1, 4, 2, 6));
        var alive = _backend.Zeros(new Shape(1, 4, 2, 6));
        gone.Dispose();
        var before = _backend.Memory.LiveBytes;
        Action[] wrong =
        [
            () => _backend.Add(alive, gone),
            () => _backend.Attention(alive, gone, gone, 1),
            () => _backend.Permute(gone, [3, 2, 1, 0]),
            () => _backend.Slice(gone, 0, 0, 1),
            () => _backend.Concat([alive, gone], 0),
            () => _backend.Activate(gone, Activation.Silu),
            () => _backend.Clamp(gone, 0, 1),
        ];
        Assert.All(wrong, action => Assert.Throws<ObjectDisposedException>(action));
        Assert.Equal(before, _backend.Memory.LiveBytes);
    }

    [Fact]
    public void The_name_says_threads_and_width()
    {
        using var scalar = new CpuBackend(1, 2, VectorLevel.Scalar);
        Assert.Equal("cpu (2 threads, scalar)", scalar.Name);
        Assert.StartsWith("cpu (1 thread, ", _backend.Name);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuBackend(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuBackend(1, 0));
    }
}
