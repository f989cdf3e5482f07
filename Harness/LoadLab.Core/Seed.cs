using System.Text;

namespace LoadLab.Core;

/// <summary>
/// The seed of a run. Every subsystem draws from its own named stream, <c>seed.Derive("arrivals")</c>, so that a new draw in one place shifts nothing elsewhere.
/// Names are hashed with FNV-1a (64 bit), which, unlike string.GetHashCode, is the same in every process.
/// </summary>
public readonly record struct Seed(ulong Value)
{
    private const ulong Start = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;

    public Seed Derive(string name) => new(SplitMix(Value ^ Fnv1a(name)));

    public Seed Derive(long index) => new(SplitMix(Value + (0x9E3779B97F4A7C15UL * (ulong)(index + 1))));

    public RandomStream Stream(string name) => new(Derive(name));

    /// <summary>Of the text's UTF-8 bytes.</summary>
    public static ulong Fnv1a(string text)
    {
        var hash = Start;
        foreach (var c in text)
        {
            if (!char.IsAscii(c))
            {
                return Fnv1a(Encoding.UTF8.GetBytes(text));
            }

            hash = (hash ^ c) * Prime;
        }

        return hash;
    }

    public static ulong Fnv1a(ReadOnlySpan<byte> bytes)
    {
        var hash = Start;
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * Prime;
        }

        return hash;
    }

    internal static ulong SplitMix(ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EBUL;
        return state ^ (state >> 31);
    }
}
