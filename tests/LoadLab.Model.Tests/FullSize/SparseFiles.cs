using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace LoadLab.Model.Tests.FullSize;

/// <summary>Safetensors files of full size that take no room: the header is real, the data is a hole that reads as zeros.</summary>
internal static class SparseFiles
{
    private const long MaxBlocks = 4096;

    /// <summary>Why such files cannot be made in a folder; null when they can.</summary>
    public static string? Unavailable(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "holes in files are asked about by stat of Linux";
        }

        var path = Path.Combine(folder, "hole");
        using (var stream = File.Create(path))
        {
            stream.SetLength(1L << 30);
        }

        var blocks = Blocks(path);
        File.Delete(path);
        return blocks <= MaxBlocks ? null : $"a file of 1 GiB without data takes {blocks} blocks in {folder}";
    }

    /// <summary>Blocks of 512 bytes that a file takes on the disk.</summary>
    public static long Blocks(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["--format=%b", path]) { RedirectStandardOutput = true })!;
        var blocks = stat.StandardOutput.ReadToEnd();
        stat.WaitForExit();
        return long.Parse(blocks, CultureInfo.InvariantCulture);
    }

    /// <summary>Shards named stem-0000k-of-0000n.safetensors of about equal size, and their index.</summary>
    public static void WriteShards(string stem, int shards, string type, IReadOnlyList<(string Name, int[] Shape)> tensors)
    {
        var total = tensors.Sum(tensor => Count(tensor.Shape));
        var done = 0L;
        var shardOf = tensors.ToDictionary(tensor => tensor.Name, tensor =>
        {
            var shard = (int)Math.Min(shards - 1, done * shards / total);
            done += Count(tensor.Shape);
            return $"{Path.GetFileName(stem)}-{shard + 1:d5}-of-{shards:d5}.safetensors";
        });
        foreach (var group in tensors.GroupBy(tensor => shardOf[tensor.Name]))
        {
            Write(Path.Combine(Path.GetDirectoryName(stem)!, group.Key), type, [.. group]);
        }

        File.WriteAllText(
            $"{stem}.safetensors.index.json",
            JsonSerializer.Serialize(new Dictionary<string, object> { ["metadata"] = new Dictionary<string, long> { ["total_size"] = total * Size(type) }, ["weight_map"] = shardOf }));
    }

    public static void Write(string path, string type, IReadOnlyList<(string Name, int[] Shape)> tensors)
    {
        var offset = 0L;
        var header = JsonSerializer.SerializeToUtf8Bytes(tensors.ToDictionary(tensor => tensor.Name, tensor =>
        {
            var begin = offset;
            offset += Count(tensor.Shape) * Size(type);
            return new Dictionary<string, object> { ["dtype"] = type, ["shape"] = tensor.Shape, ["data_offsets"] = new[] { begin, offset } };
        }));
        using var stream = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        stream.SetLength(8 + header.Length + offset);
    }

    private static long Count(int[] shape) => shape.Aggregate(1L, (count, extent) => count * extent);

    private static int Size(string type) => type == "F32" ? 4 : 2;
}
