namespace LoadLab.Tensors;

/// <summary>One float at a time: for processors without vectors, and the shortest path to compare the others with.</summary>
internal readonly unsafe struct OpsScalar : IVectorOps<float>
{
    public static int Width => 1;

    public static float Load(float* p) => *p;

    public static void Store(float* p, float v) => *p = v;

    public static float LoadPartial(float* p, int count) => throw new NotSupportedException("a vector of one has no part");

    public static void StorePartial(float* p, float v, int count) => throw new NotSupportedException("a vector of one has no part");

    public static float Splat(float value) => value;

    public static float Add(float a, float b) => a + b;

    public static float Subtract(float a, float b) => a - b;

    public static float Multiply(float a, float b) => a * b;

    public static float Divide(float a, float b) => a / b;

    public static float MultiplyAdd(float a, float b, float c) => float.MultiplyAddEstimate(a, b, c);

    public static float Max(float a, float b) => a > b ? a : b;

    public static float Min(float a, float b) => a < b ? a : b;

    public static float Round(float v) => MathF.Round(v);

    public static float TimesPowerOfTwo(float v, float n) =>
        v * BitConverter.Int32BitsToSingle((int.CreateSaturating(n) + 127) << 23);

    public static float ZeroBelow(float x, float limit, float v) => x < limit ? 0 : v;

    public static float SwapPairs(float v) => throw new NotSupportedException("a vector of one has no pairs");

    public static float Sum(float v) => v;

    public static float Largest(float v) => v;
}
