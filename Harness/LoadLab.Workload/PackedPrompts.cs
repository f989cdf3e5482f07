using System.Globalization;

namespace LoadLab.Workload;

/// <summary>The prompts of a schedule's calls by number: those that several may ask once each, with their hashes as text; those that nobody else asks apart, 16 bytes each.</summary>
/// <param name="book">Where drawn prompts come from; null when every call brings its own.</param>
internal sealed class PackedPrompts(PromptBook? book)
{
    private const uint Unique = 1u << 31;
    private const int UniqueBlock = 8192;
    private const int MostHashes = 100_000;
    private const long NoText = -1;

    /// <summary>A hash of zero says that there is none.</summary>
    private const string NoHash = "0000000000000000";

    private readonly List<Shared> _shared = [];
    private readonly Dictionary<long, uint> _drawn = [];
    private readonly Dictionary<(string Prompt, string Hash), uint> _own = [];
    private readonly List<(ulong Hash, long Draw)[]> _unique = [];
    private int _uniqueCount;

    /// <summary>The number of a prompt that a call brings itself. Of a recorded one only the hash is known: beyond the first 100,000 of these each counts as its caller's alone.</summary>
    public uint Own(string prompt, string hash)
    {
        hash = hash == NoHash ? "" : hash;
        if (prompt.Length == 0 && hash.Length > 0 && _own.Count >= MostHashes && !_own.ContainsKey((prompt, hash)))
        {
            return AddUnique(hash, NoText);
        }

        if (!_own.TryGetValue((prompt, hash), out var number))
        {
            _own[(prompt, hash)] = number = Add(new Shared(hash, prompt, 0));
        }

        return number;
    }

    /// <summary>The number of a prompt of the book; an odd draw is one that nobody else asks.</summary>
    public uint Drawn(long draw, string hash)
    {
        if ((draw & 1) == 1)
        {
            return AddUnique(hash, draw);
        }

        if (!_drawn.TryGetValue(draw, out var number))
        {
            _drawn[draw] = number = Add(new Shared(hash, null, draw));
        }

        return number;
    }

    /// <summary>Sixteen hex digits; empty where the call came without.</summary>
    public string HashOf(uint number) => number < Unique ? _shared[(int)number].Hash : UniqueOf(number).Hash.ToString("x16", CultureInfo.InvariantCulture);

    public string TextOf(uint number, int call)
    {
        if (number >= Unique)
        {
            return UniqueOf(number).Draw is var draw and not NoText ? book!.Text(call, draw) : "";
        }

        var shared = _shared[(int)number];
        return shared.Prompt ?? book!.Text(call, shared.Draw);
    }

    private (ulong Hash, long Draw) UniqueOf(uint number) => _unique[(int)(number & ~Unique) / UniqueBlock][(int)(number & ~Unique) % UniqueBlock];

    private uint AddUnique(string hash, long draw)
    {
        var place = _uniqueCount++;
        if (place % UniqueBlock == 0)
        {
            _unique.Add(new (ulong, long)[UniqueBlock]);
        }

        _unique[^1][place % UniqueBlock] = (ulong.Parse(hash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), draw);
        return Unique | (uint)place;
    }

    private uint Add(Shared prompt)
    {
        _shared.Add(prompt);
        return (uint)_shared.Count - 1;
    }

    private readonly record struct Shared(string Hash, string? Prompt, long Draw);
}
