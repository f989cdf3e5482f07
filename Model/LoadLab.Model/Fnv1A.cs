using System.Text;

namespace LoadLab.Model;

/// <summary>FNV-1a, 64 bits, over UTF-8: a hash that is the same in every process and on every machine.</summary>
internal static class Fnv1A
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Hash(string text)
    {
        var hash = Offset;
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ b) * Prime;
        }

        return hash;
    }
}
