using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The precompiled normaliser of a sentencepiece model ("precompiled_charsmap"). Layout: 4 bytes little-endian, the bytes of a double-array
/// trie; the trie, 32-bit little-endian units; replacements, UTF-8, each ended by a zero byte. A key's value is the offset of its replacement.
/// Unit bits (github.com/s-yata/darts-clone): a node has its label in bits 0-7, bit 8 says that a value follows, bit 9 that the offset is in
/// steps of 256, bits 10-30 the offset to its children; a value has bit 31 set and the value below it.
/// <para>Applied as Hugging Face tokenizers does, which umT5 is used with: a grapheme cluster of fewer than six bytes that begins with a key is
/// replaced whole by the replacement of the shortest such key; otherwise each character by itself. (sentencepiece takes the longest key.)</para>
/// </summary>
internal sealed class CharacterMap : ITextNormalizer
{
    /// <summary>nmt_nfkc, the largest in common use, has about 240 kB.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>The longest replacement of NFKC has 33 bytes (U+FDFA).</summary>
    public const int MaxReplacementBytes = 256;

    private const int LengthBytes = 4;
    private const int UnitBytes = 4;
    private const int MaxClusterBytes = 5;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private CharacterMap(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    public int Growth { get; private init; }

    /// <summary>The map, wholly checked; or null and what is wrong with it.</summary>
    public static CharacterMap? Read(ReadOnlySpan<byte> bytes, out string problem)
    {
        problem = "";
        if (bytes.Length is < LengthBytes or > MaxBytes)
        {
            problem = $"has {bytes.Length} bytes; it must have {LengthBytes} to {MaxBytes}";
            return null;
        }

        var trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (trieBytes > bytes.Length - LengthBytes || trieBytes % UnitBytes != 0 || trieBytes == 0)
        {
            problem = $"states a trie of {trieBytes} bytes; it must be a multiple of {UnitBytes} within the {bytes.Length - LengthBytes} bytes that follow";
            return null;
        }

        var units = new uint[trieBytes / UnitBytes];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(LengthBytes + (i * UnitBytes))..]);
        }

        var replacements = bytes[(LengthBytes + (int)trieBytes)..].ToArray();
        var longest = LongestReplacement(replacements);
        problem = CheckReplacements(replacements, longest) ?? CheckValues(units, replacements) ?? "";
        return problem.Length == 0 ? new CharacterMap(units, replacements) { Growth = Math.Max(1, longest) } : null;
    }

    public string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var cluster = rest[..StringInfo.GetNextTextElementLength(rest)];
            rest = rest[cluster.Length..];
            if (cluster.Length > MaxClusterBytes || Encoding.UTF8.GetByteCount(cluster) > MaxClusterBytes || !TryReplace(cluster, result))
            {
                ReplaceCharacters(cluster, result);
            }
        }

        return result.ToString();
    }

    private void ReplaceCharacters(ReadOnlySpan<char> cluster, StringBuilder result)
    {
        while (cluster.Length > 0)
        {
            Rune.DecodeFromUtf16(cluster, out _, out var length);
            if (!TryReplace(cluster[..length], result))
            {
                result.Append(cluster[..length]);
            }

            cluster = cluster[length..];
        }
    }

    private bool TryReplace(ReadOnlySpan<char> text, StringBuilder result)
    {
        Span<byte> bytes = stackalloc byte[MaxClusterBytes];
        var offset = ShortestKey(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        if (offset < 0)
        {
            return false;
        }

        var replacement = _replacements.AsSpan(offset);
        result.Append(Encoding.UTF8.GetString(replacement[..replacement.IndexOf((byte)0)]));
        return true;
    }

    // The value of the shortest key that the text begins with; -1 when there is none. A place outside the trie is the end of a key.
    private int ShortestKey(ReadOnlySpan<byte> text)
    {
        var node = Children(_units, 0);
        foreach (var label in text)
        {
            var at = node ^ label;
            if (label == 0 || at >= _units.Length || Label(_units[at]) != label)
            {
                return -1;
            }

            node = Children(_units, at);
            if (HasValue(_units[at]))
            {
                return Value(_units[node]);
            }
        }

        return -1;
    }

    private static string? CheckReplacements(byte[] replacements, int longest) =>
        replacements.Length == 0 || replacements[^1] != 0 ? "the replacements do not end with a zero byte; the map is cut"
        : longest > MaxReplacementBytes ? $"a replacement has {longest} bytes; the limit is {MaxReplacementBytes}"
        : !Utf8.IsValid(replacements) ? "the replacements are not valid UTF-8"
        : null;

    private static int LongestReplacement(ReadOnlySpan<byte> replacements)
    {
        var longest = 0;
        while (replacements.IndexOf((byte)0) is var end && end >= 0)
        {
            longest = Math.Max(longest, end);
            replacements = replacements[(end + 1)..];
        }

        return longest;
    }

    // Walks every node that a key can reach, each once; after it a lookup meets no value that is not a replacement's offset.
    private static string? CheckValues(uint[] units, byte[] replacements)
    {
        var seen = new bool[units.Length];
        var open = new Stack<int>([0]);
        while (open.TryPop(out var node))
        {
            var children = Children(units, node);
            if (HasValue(units[node]) && CheckValue(units, children, replacements) is { } problem)
            {
                return $"unit {node}: {problem}";
            }

            for (var label = 1; label <= byte.MaxValue; label++)
            {
                var child = children ^ label;
                if (child < units.Length && Label(units[child]) == label && !seen[child])
                {
                    seen[child] = true;
                    open.Push(child);
                }
            }
        }

        return null;
    }

    private static string? CheckValue(uint[] units, int at, byte[] replacements)
    {
        if (at >= units.Length)
        {
            return $"its value would be unit {at} of {units.Length}";
        }

        var value = Value(units[at]);
        return value >= replacements.Length ? $"its replacement is at {value} of {replacements.Length} bytes"
            : (replacements[value] & 0xC0) == 0x80 ? $"its replacement at {value} begins inside a character"
            : null;
    }

    // A node's index and offset are both below 2^30, so the result is never negative; it may lie outside.
    private static int Children(uint[] units, int node) => node ^ (int)((units[node] >> 10) << (int)((units[node] & (1u << 9)) >> 6));

    private static bool HasValue(uint unit) => ((unit >> 8) & 1) == 1;

    private static int Value(uint unit) => (int)(unit & 0x7FFF_FFFF);

    // A value unit has bit 31 set and so equals no byte.
    private static uint Label(uint unit) => unit & 0x8000_00FF;
}
