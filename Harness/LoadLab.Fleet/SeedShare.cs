using LoadLab.Core;

namespace LoadLab.Fleet;

internal static class SeedShare
{
    /// <summary>A hash of (seed, text), uniform in [0, 1): decides by text, the same whenever it is asked.</summary>
    public static double ShareOf(this Seed seed, string text) => (seed.Derive(text).Value >> 11) * (1.0 / (1UL << 53));
}
