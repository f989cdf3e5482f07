namespace LoadLab.Tensors.Tests;

public sealed class ArgumentTests
{
    private const long Capacity = 1 << 24;

    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_wrong_shape_names_both_shapes(string name)
    {
        using var backend = ContractBackends.Create(name, Capacity);
        using var a = backend.Zeros(new Shape(2, 3));
        using var b = backend.Zeros(new Shape(3, 2));
        var wrong = Assert.Throws<ArgumentException>(() => backend.Combine(1, a, 1, b));
        Assert.Contains("[2, 3]", wrong.Message);
        Assert.Contains("[3, 2]", wrong.Message);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Weight_of_a_type_that_is_not_supported_is_refused_before_memory_is_taken(string name)
    {
        using var backend = ContractBackends.Create(name, Capacity);
        Assert.True(backend.Supports(ElementType.Float32));
        foreach (var type in new[] { ElementType.BFloat16, ElementType.Float16, (ElementType)99 }.Where(type => !backend.Supports(type)))
        {
            Assert.Throws<NotSupportedException>(() => backend.PrepareLinear(1, 1, [1], [], type));
            Assert.Throws<NotSupportedException>(() => backend.PrepareConvolution(1, 1, 1, 1, 1, [1], [], type));
            Assert.Equal(0, backend.Memory.LiveBytes);
        }
    }

    [Fact]
    public void The_cpu_holds_weights_as_float32_only()
    {
        using ITensorBackend backend = new CpuBackend(Capacity, 1);
        Assert.False(backend.Supports(ElementType.BFloat16));
        Assert.False(backend.Supports(ElementType.Float16));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Every_operation_refuses_shapes_that_do_not_fit_and_keeps_no_memory(string name)
    {
        using var backend = ContractBackends.Create(name, Capacity);
        using var x = backend.Zeros(new Shape(1, 4, 2, 6));
        using var flat = backend.Zeros(new Shape(1, 4, 12));
        using var five = backend.Zeros(new Shape(5));
        using var video = backend.Zeros(new Shape(1, 1, 2, 2, 3));
        using var linear = backend.PrepareLinear(2, 5, new float[10], []);
        using var convolution = backend.PrepareConvolution(2, 3, 1, 3, 3, new float[54], []);
        var before = backend.Memory.LiveBytes;
        Action[] wrong =
        [
            () => backend.FromHost(new Shape(2), [1, 2, 3]),
            () => backend.ToHost(five, new float[4]),
            () => backend.PrepareLinear(2, 3, new float[5], []),
            () => backend.PrepareLinear(2, 3, new float[6], new float[3]),
            () => backend.PrepareLinear(0, 3, [], []),
            () => backend.PrepareConvolution(1, 1, 1, 0, 1, [], []),
            () => backend.Linear(x, linear),
            () => backend.Attention(x, flat, flat, 1),
            () => backend.Attention(x, x, x, 1, five),
            () => backend.Attention(x, x, x, 1, null, [1, 2]),
            () => backend.Attention(x, x, x, 1, null, [5]),
            () => backend.Convolution(video, convolution, 0, 0, 0),
            () => backend.Convolution(x, convolution, 0, 1, 1),
            () => backend.LayerNormModulated(x, 1, null, null),
            () => backend.LayerNormModulated(flat, 1, five, null),
            () => backend.LayerNormModulated(flat, 1, null, null, [1]),
            () => backend.LayerNorm(flat, 1, five, five),
            () => backend.RmsNorm(flat, 1, five),
            () => backend.ChannelNorm(flat, five, Activation.None),
            () => backend.Rope(x, five, five),
            () => backend.Add(flat, five),
            () => backend.AddInPlace(flat, five),
            () => backend.AddGatedInPlace(flat, flat, five),
            () => backend.Reshape(five, new Shape(4)),
            () => backend.Permute(x, [0, 1, 2, 2]),
            () => backend.Slice(five, 0, 4, 2),
            () => backend.Slice(five, 1, 0, 1),
            () => backend.Concat([], 0),
            () => backend.Concat([flat, five], 0),
            () => backend.Gather(five, [0]),
            () => backend.UpsampleNearest2(x),
        ];
        for (var i = 0; i < wrong.Length; i++)
        {
            Assert.True(Record.Exception(wrong[i]) is ArgumentException, $"case {i} did not throw");
        }

        Assert.Equal(before, backend.Memory.LiveBytes);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_disposed_input_is_refused_and_keeps_no_memory(string name)
    {
        using var backend = ContractBackends.Create(name, Capacity);
        var gone = backend.Zeros(new Shape(1, 4, 2, 6));
        var alive = backend.Zeros(new Shape(1, 4, 2, 6));
        gone.Dispose();
        var before = backend.Memory.LiveBytes;
        Action[] wrong =
        [
            () => backend.Add(alive, gone),
            () => backend.Attention(alive, gone, gone, 1),
            () => backend.Permute(gone, [3, 2, 1, 0]),
            () => backend.Slice(gone, 0, 0, 1),
            () => backend.Concat([alive, gone], 0),
            () => backend.Activate(gone, Activation.Silu),
            () => backend.Clamp(gone, 0, 1),
        ];
        Assert.All(wrong, action => Assert.Throws<ObjectDisposedException>(action));
        Assert.Equal(before, backend.Memory.LiveBytes);
    }

    [Fact]
    public void The_name_says_threads_and_width()
    {
        using var scalar = new CpuBackend(1, 2, VectorLevel.Scalar);
        Assert.Equal("cpu (2 threads, scalar)", scalar.Name);
        using var best = new CpuBackend(1, 1);
        Assert.StartsWith("cpu (1 thread, ", best.Name);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuBackend(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuBackend(1, 0));
    }
}
