namespace LoadLab.Model.Sampling;

/// <summary>
/// Normal noise equal to torch.randn on a CPU generator (float32): MT19937 seeded by init_genrand. From 16 values on, 24-bit uniforms turned in blocks of 16;
/// below, 53-bit Box-Muller with the second value kept. Source: PyTorch aten/src/ATen/native/cpu/DistributionTemplates.h, core/MT19937RNGEngine.h.
/// </summary>
internal sealed class TorchRandom(ulong seed)
{
    private const int Block = 16;
    private const int StateLength = 624;
    private const int Middle = 397;

    private readonly uint[] _state = Seed((uint)seed);
    private int _next = StateLength;
    private double? _kept;

    /// <summary>Fills with independent normal values.</summary>
    public void Normal(Span<float> values)
    {
        if (values.Length < Block)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)NextNormal();
            }

            return;
        }

        FillUniform(values);
        for (var start = 0; start + Block <= values.Length; start += Block)
        {
            Transform(values.Slice(start, Block));
        }

        if (values.Length % Block != 0)
        {
            var tail = values[^Block..];
            FillUniform(tail);
            Transform(tail);
        }
    }

    private void FillUniform(Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (Next32() & 0xFFFFFF) * (1f / (1 << 24));
        }
    }

    private static void Transform(Span<float> block)
    {
        for (var j = 0; j < Block / 2; j++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - block[j]));
            var (sin, cos) = Math.SinCos(2 * Math.PI * block[j + (Block / 2)]);
            block[j] = (float)(radius * cos);
            block[j + (Block / 2)] = (float)(radius * sin);
        }
    }

    private double NextNormal()
    {
        if (_kept is { } kept)
        {
            _kept = null;
            return kept;
        }

        var (u1, u2) = (NextUniform53(), NextUniform53());
        var radius = Math.Sqrt(-2 * Math.Log(1 - u2));
        var (sin, cos) = Math.SinCos(2 * Math.PI * u1);
        _kept = radius * sin;
        return radius * cos;
    }

    private double NextUniform53()
    {
        var bits = ((ulong)Next32() << 32) | Next32();
        return (bits & ((1UL << 53) - 1)) * (1.0 / (1UL << 53));
    }

    private static uint[] Seed(uint seed)
    {
        var state = new uint[StateLength];
        state[0] = seed;
        for (var i = 1u; i < StateLength; i++)
        {
            state[i] = (1812433253u * (state[i - 1] ^ (state[i - 1] >> 30))) + i;
        }

        return state;
    }

    private uint Next32()
    {
        if (_next == StateLength)
        {
            Twist();
        }

        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680u;
        y ^= (y << 15) & 0xEFC60000u;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (var i = 0; i < StateLength; i++)
        {
            var y = (_state[i] & 0x80000000u) | (_state[(i + 1) % StateLength] & 0x7FFFFFFFu);
            _state[i] = _state[(i + Middle) % StateLength] ^ (y >> 1) ^ ((y & 1) * 0x9908B0DFu);
        }

        _next = 0;
    }
}
