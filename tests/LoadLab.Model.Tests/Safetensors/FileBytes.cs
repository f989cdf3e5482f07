using System.Buffers.Binary;
using System.Text;

namespace LoadLab.Model.Tests.Safetensors;

/// <summary>Files written by hand: any header over any data.</summary>
internal static class FileBytes
{
    public static byte[] Of(string header, int dataBytes) => Of(header, new byte[dataBytes]);

    public static byte[] Of(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        return bytes;
    }

    /// <summary>A valid file with tensors of several types and shapes.</summary>
    public static byte[] Valid() => Of(
        """{"__metadata__":{"case":"fuzz","note":"a b"},"a.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"b":{"dtype":"BF16","shape":[5],"data_offsets":[48,58]},"c":{"dtype":"F16","shape":[2,1,3],"data_offsets":[58,70]},"d":{"dtype":"I64","shape":[],"data_offsets":[70,78]},"e":{"dtype":"U8","shape":[7],"data_offsets":[78,85]},"f":{"dtype":"F64","shape":[2],"data_offsets":[85,101]},"g":{"dtype":"I32","shape":[0],"data_offsets":[101,101]},"h":{"dtype":"BOOL","shape":[3],"data_offsets":[101,104]}}""",
        [.. Enumerable.Range(0, 104).Select(i => (byte)(i % 60))]);
}
