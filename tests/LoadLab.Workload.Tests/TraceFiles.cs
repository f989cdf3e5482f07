using System.IO.Compression;
using System.Text;

namespace LoadLab.Workload.Tests;

/// <summary>Small trace files in a folder of their own, gone with it.</summary>
internal sealed class TraceFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loadlab-").FullName;
    private int _count;

    public string Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    public string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder, $"trace-{_count++}.csv");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string WriteGzip(string text) => Write(Gzip(text));

    public string New(string name) => Path.Combine(_folder, name);

    public static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return memory.ToArray();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
