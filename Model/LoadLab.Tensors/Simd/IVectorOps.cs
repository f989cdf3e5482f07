namespace LoadLab.Tensors;

/// <summary>
/// The few vector operations kernels are written in, once for every width. Static members of a struct type argument, so that each
/// kernel is compiled for its width with everything inlined.
/// </summary>
internal unsafe interface IVectorOps<TV>
    where TV : struct
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Width { get; }

    static abstract TV Load(float* p);

    static abstract void Store(float* p, TV v);

    /// <summary>The first count lanes, 0 &lt; count &lt; Width, the others zero; memory past them is not touched.</summary>
    static abstract TV LoadPartial(float* p, int count);

    static abstract void StorePartial(float* p, TV v, int count);

    static abstract TV Splat(float value);

    static abstract TV Add(TV a, TV b);

    static abstract TV Subtract(TV a, TV b);

    static abstract TV Multiply(TV a, TV b);

    static abstract TV Divide(TV a, TV b);

    /// <summary>a * b + c, fused where the processor can.</summary>
    static abstract TV MultiplyAdd(TV a, TV b, TV c);

    /// <summary>The larger; b where either is not a number.</summary>
    static abstract TV Max(TV a, TV b);

    /// <summary>The smaller; b where either is not a number.</summary>
    static abstract TV Min(TV a, TV b);

    /// <summary>To the nearest integer.</summary>
    static abstract TV Round(TV v);

    /// <summary>v 2^n for integral n in [-126, 127].</summary>
    static abstract TV TimesPowerOfTwo(TV v, TV n);

    /// <summary>v, but zero in the lanes where x is below the limit.</summary>
    static abstract TV ZeroBelow(TV x, TV limit, TV v);

    /// <summary>Lanes 2i and 2i+1 exchanged. Not for width 1.</summary>
    static abstract TV SwapPairs(TV v);

    static abstract float Sum(TV v);

    static abstract float Largest(TV v);
}
