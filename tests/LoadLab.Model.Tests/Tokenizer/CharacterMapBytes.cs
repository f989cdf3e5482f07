using System.Buffers.Binary;
using System.Text;

namespace LoadLab.Model.Tests.Tokenizer;

/// <summary>
/// Makes a character map as sentencepiece lays it out. A node's children stand at their base with the label in the low eight bits changed
/// (base XOR label), and its value at the base itself; every node gets a block of 256 units of its own, which wastes room and needs no search.
/// </summary>
internal static class CharacterMapBytes
{
    private const int Block = 256;
    private const uint HasValue = 1u << 8;
    private const uint IsValue = 1u << 31;
    private const uint OffsetInBlocks = 1u << 9;

    public static byte[] Of(params (string Key, string Replacement)[] entries)
    {
        var replacements = new List<byte>();
        var root = new Node();
        foreach (var (key, replacement) in entries)
        {
            var node = root;
            foreach (var label in Encoding.UTF8.GetBytes(key))
            {
                node = node.Children.TryGetValue(label, out var child) ? child : node.Children[label] = new Node();
            }

            node.Value = replacements.Count;
            replacements.AddRange([.. Encoding.UTF8.GetBytes(replacement), 0]);
        }

        var units = new List<uint> { 0 };
        Place(root, 0, units);
        return Bytes([.. units], [.. replacements]);
    }

    public static byte[] Bytes(uint[] units, byte[] replacements)
    {
        var bytes = new byte[4 + (4 * units.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(4 * units.Length));
        for (var i = 0; i < units.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 + (4 * i)), units[i]);
        }

        return [.. bytes, .. replacements];
    }

    private static void Place(Node node, int at, List<uint> units)
    {
        if (node.Children.Count == 0 && node.Value is null)
        {
            return;
        }

        // The next free block; the children's base is a place in it whose low bits equal the node's own, so that the offset (base XOR place) has none.
        var start = (units.Count + Block - 1) / Block * Block;
        units.AddRange(new uint[start + Block - units.Count]);
        var atBase = start | (at % Block);
        var offset = (uint)(atBase ^ at);
        units[at] |= ((offset >> 8) << 10) | OffsetInBlocks | (node.Value is null ? 0 : HasValue);
        if (node.Value is { } value)
        {
            units[atBase] = IsValue | (uint)value;
        }

        foreach (var (label, child) in node.Children)
        {
            units[atBase ^ label] = label;
            Place(child, atBase ^ label, units);
        }
    }

    private sealed class Node
    {
        public SortedDictionary<byte, Node> Children { get; } = [];

        public int? Value { get; set; }
    }
}
