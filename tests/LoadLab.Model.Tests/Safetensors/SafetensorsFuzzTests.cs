using System.Buffers.Binary;
using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Tests.Safetensors;

public sealed class SafetensorsFuzzTests(ITestOutputHelper output)
{
    private const int Mutations = 10_000;
    private const int Seed = 20260105;

    [Fact]
    public void Reader_survives_ten_thousand_mutations_and_most_get_past_the_first_checks()
    {
        var valid = FileBytes.Valid();
        using (SafetensorsFile.FromBytes(valid, "valid"))
        {
        }

        var random = new Random(Seed);
        var (past, read) = (0, 0);
        for (var i = 0; i < Mutations; i++)
        {
            var refused = ReadAll(Mutate(valid, random));
            past += refused is SafetensorsCheck.HeaderLength or SafetensorsCheck.HeaderJson ? 0 : 1;
            read += refused is null ? 1 : 0;
        }

        output.WriteLine($"seed {Seed}: {100.0 * past / Mutations:f1} % of {Mutations} mutations got past header length and JSON; {100.0 * read / Mutations:f1} % were read whole");
        Assert.True(past >= Mutations / 2);
        Assert.InRange(read, 1, Mutations - 1);
    }

    // Null when every tensor could be read; any other exception than the documented one ends the test.
    private static SafetensorsCheck? ReadAll(byte[] bytes)
    {
        try
        {
            using var file = SafetensorsFile.FromBytes(bytes, "mutated");
            foreach (var entry in file.Entries.Values)
            {
                file.ReadFinite(entry, new float[entry.Count]);
                file.ReadFloat64(entry);
            }

            return null;
        }
        catch (SafetensorsException e)
        {
            return e.Check;
        }
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = (byte[])valid.Clone();
        var headerEnd = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(valid);
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            bytes = random.Next(10) switch
            {
                0 => FlipBit(bytes, random.Next(bytes.Length), random),
                1 => FlipBit(bytes, random.Next(8), random),
                2 => bytes[..random.Next(bytes.Length)],
                3 => Grow(bytes, random),
                4 => FlipBit(bytes, random.Next(headerEnd, valid.Length), random),
                5 => ReplaceWord(bytes, random),
                _ => ReplaceDigit(bytes, headerEnd, random),
            };
            if (bytes.Length < valid.Length)
            {
                return bytes;
            }
        }

        return bytes;
    }

    private static byte[] FlipBit(byte[] bytes, int at, Random random)
    {
        bytes[at] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] Grow(byte[] bytes, Random random) => [.. bytes, .. new byte[random.Next(1, 64)]];

    // Still JSON: another number where a shape or an offset stands.
    private static byte[] ReplaceDigit(byte[] bytes, int headerEnd, Random random)
    {
        var digits = Enumerable.Range(8, headerEnd - 8).Where(i => char.IsAsciiDigit((char)bytes[i])).ToArray();
        bytes[digits[random.Next(digits.Length)]] = (byte)('1' + random.Next(9));
        return bytes;
    }

    // Still JSON and of the same length: another type or field name.
    private static byte[] ReplaceWord(byte[] bytes, Random random)
    {
        (string From, string To)[] words = [("F32", "I32"), ("F64", "I64"), ("BF16", "F999"), ("shape", "shapo"), ("dtype", "shape"), ("I64", "F64"), ("\"b\"", "\"c\""), ("BOOL", "NULL")];
        var (from, to) = words[random.Next(words.Length)];
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(from));
        if (at >= 0)
        {
            System.Text.Encoding.ASCII.GetBytes(to).CopyTo(bytes, at);
        }

        return bytes;
    }
}
