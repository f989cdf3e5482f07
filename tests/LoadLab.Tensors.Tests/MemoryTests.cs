using System.Runtime.InteropServices;

namespace LoadLab.Tensors.Tests;

public sealed class MemoryTests
{
    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void Live_bytes_follow_tensors_and_peak_keeps_the_most(string name)
    {
        using var backend = ContractBackends.Create(name, 1 << 20);
        var a = backend.Zeros(new Shape(16));
        var b = backend.Zeros(new Shape(17));
        Assert.Equal(64 + 128, backend.Memory.LiveBytes);
        a.Dispose();
        Assert.Equal(128, backend.Memory.LiveBytes);
        Assert.Equal(192, backend.Memory.PeakBytes);
        backend.Memory.ResetPeak();
        Assert.Equal(128, backend.Memory.PeakBytes);
        b.Dispose();
        b.Dispose();
        Assert.Equal(0, backend.Memory.LiveBytes);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void An_allocation_past_the_capacity_says_what_was_asked_and_changes_nothing(string name)
    {
        using var backend = ContractBackends.Create(name, 4096);
        using var half = backend.Zeros(new Shape(512));
        var refused = Assert.Throws<OutOfDeviceMemoryException>(() => backend.Zeros(new Shape(513)));
        Assert.Equal((2112, 2048, 4096), (refused.RequestedBytes, refused.LiveBytes, refused.CapacityBytes));
        Assert.Equal(2048, backend.Memory.LiveBytes);
        using var other = backend.Zeros(new Shape(512));
        Assert.Equal(4096, backend.Memory.LiveBytes);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void An_operation_whose_result_does_not_fit_leaves_nothing_behind(string name)
    {
        using var backend = ContractBackends.Create(name, 1 << 20);
        using var x = backend.Zeros(new Shape(1, 1, 200, 200, 4));
        using var weight = backend.PrepareLinear(4, 4, new float[16], []);
        using var convolution = backend.PrepareConvolution(4, 4, 1, 3, 3, new float[144], []);
        var before = backend.Memory.LiveBytes;
        Assert.Throws<OutOfDeviceMemoryException>(() => backend.Linear(x, weight));
        Assert.Throws<OutOfDeviceMemoryException>(() => backend.Convolution(x, convolution, 0, 1, 1));
        Assert.Throws<OutOfDeviceMemoryException>(() => backend.UpsampleNearest2(x));
        Assert.Equal(before, backend.Memory.LiveBytes);
    }

    [Fact]
    public void An_operation_whose_scratch_does_not_fit_leaves_nothing_behind()
    {
        const int n = 64;
        using var backend = new CpuBackend(4 * n * n * 5, 1);
        using var weight = backend.PrepareLinear(n, n, new float[n * n], []);
        using var x = backend.Zeros(new Shape(1, n, 1, n));
        var before = backend.Memory.LiveBytes;
        Assert.Throws<OutOfDeviceMemoryException>(() => backend.Linear(x, weight));
        Assert.Throws<OutOfDeviceMemoryException>(() => backend.Attention(x, x, x, 1));
        Assert.Equal(before, backend.Memory.LiveBytes);
    }

    [Fact]
    public void Freed_blocks_serve_again_and_are_given_back_when_room_is_needed()
    {
        using var backend = new CpuBackend(8192, 1);
        backend.Zeros(new Shape(1024)).Dispose();
        backend.Zeros(new Shape(1024)).Dispose();
        Assert.Equal(1, backend.Arena.SystemAllocations);
        using var whole = backend.Zeros(new Shape(2048));
        Assert.Equal(8192, backend.Arena.HeldBytes);
    }

    [Fact]
    public void A_repeated_pass_asks_the_system_for_nothing_new_and_returns_every_byte()
    {
        using var backend = new CpuBackend(1 << 28, 2);
        using var linear = backend.PrepareLinear(96, 64, Case.Values(96 * 64, 1), Case.Values(96, 2));
        using var convolution = backend.PrepareConvolution(12, 8, 3, 3, 3, Case.Values(12 * 8 * 27, 3), []);
        var weights = backend.Memory.LiveBytes;
        Pass(backend, linear, convolution);
        var allocations = backend.Arena.SystemAllocations;
        for (var i = 0; i < 5; i++)
        {
            Pass(backend, linear, convolution);
        }

        Assert.Equal(allocations, backend.Arena.SystemAllocations);
        Assert.Equal(weights, backend.Memory.LiveBytes);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_view_keeps_the_bytes_until_both_are_disposed(string name)
    {
        using var backend = ContractBackends.Create(name, 1 << 20);
        var x = backend.FromHost(new Shape(2, 3), [1, 2, 3, 4, 5, 6]);
        var view = backend.Reshape(x, new Shape(3, 2));
        Assert.Equal(64, backend.Memory.LiveBytes);
        x.Dispose();
        Assert.Equal([1, 2, 3, 4, 5, 6], backend.Host(view));
        view.Dispose();
        Assert.Equal(0, backend.Memory.LiveBytes);
        Assert.Throws<ObjectDisposedException>(() => backend.Host(view));
    }

    [Fact]
    public void A_mapped_tensor_counts_and_releases_its_owner()
    {
        using var backend = new CpuBackend(4096, 1);
        var owner = new Owner();
        var memory = Marshal.AllocHGlobal(4 * sizeof(float));
        try
        {
            Marshal.Copy(new[] { 1f, 2, 0, 9 }, 0, memory, 4);
            var mapped = backend.FromMapped(new Shape(2, 2), memory, owner);
            Assert.Equal(16, backend.Memory.LiveBytes);
            using (var row = backend.Gather(mapped, [1]))
            {
                Assert.Equal([0, 9], backend.Host(row));
            }

            mapped.Dispose();
            Assert.True(owner.Released);
            Assert.Equal(0, backend.Memory.LiveBytes);
            Assert.Throws<OutOfDeviceMemoryException>(() => backend.FromMapped(new Shape(1025), memory, null));
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Backend_and_tensors_may_be_disposed_twice_and_in_any_order(string name)
    {
        var backend = ContractBackends.Create(name, 1 << 20);
        var x = backend.Zeros(new Shape(10));
        backend.Dispose();
        backend.Dispose();
        x.Dispose();
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Zeros(new Shape(1)));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_repeated_pass_returns_every_byte(string name)
    {
        using var backend = ContractBackends.Create(name);
        var linear = backend.PrepareLinear(96, 64, Case.Values(96 * 64, 1), Case.Values(96, 2));
        var convolution = backend.PrepareConvolution(12, 8, 3, 3, 3, Case.Values(12 * 8 * 27, 3), []);
        var weights = backend.Memory.LiveBytes;
        for (var i = 0; i < 3; i++)
        {
            Pass(backend, linear, convolution);
            Assert.Equal(weights, backend.Memory.LiveBytes);
        }

        linear.Dispose();
        convolution.Dispose();
        Assert.Equal(0, backend.Memory.LiveBytes);
    }

    private static void Pass(ITensorBackend backend, LinearWeight linear, ConvolutionWeight convolution)
    {
        using var x = backend.FromHost(new Shape(2, 50, 64), Case.Values(6400, 4));
        using var y = backend.Linear(x, linear, Activation.Silu);
        using var heads = backend.Reshape(y, new Shape(2, 50, 4, 24));
        using var attended = backend.Attention(heads, heads, heads, 0.2f);
        using var video = backend.Reshape(attended, new Shape(1, 3, 20, 20, 8));
        using var convolved = backend.Convolution(video, convolution, 2, 1, 1);
        using var larger = backend.UpsampleNearest2(convolved);
    }

    private sealed class Owner : IDisposable
    {
        public bool Released { get; private set; }

        public void Dispose() => Released = true;
    }
}
