using LoadLab.Tensors;

namespace LoadLab.Model.Tests;

internal static class TestBackend
{
    public const long Capacity = 1L << 30;

    public static CpuBackend Create(int threads = 1, long capacity = Capacity) => new(capacity, threads);

    public static float[] ToHost(this ITensorBackend backend, Tensor tensor)
    {
        var values = new float[tensor.Shape.Count];
        backend.ToHost(tensor, values);
        return values;
    }
}
