using System.IO.Compression;
using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Core.Runs;

/// <summary>Text of a plain or gzip file, told apart by its first bytes and bounded by its unpacked size, so that a small hostile file cannot fill the memory.</summary>
public static class GzipText
{
    /// <summary>Throws <see cref="InputException"/> when the file cannot be read, is damaged or unpacks to more than <paramref name="maxBytes"/>.</summary>
    public static string Read(string path, long maxBytes)
    {
        try
        {
            using var file = File.OpenRead(path);
            var first = file.ReadByte();
            var second = file.ReadByte();
            file.Position = 0;
            using Stream plain = first == 0x1F && second == 0x8B ? new GZipStream(file, CompressionMode.Decompress) : file;
            return Text(plain, path, maxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InputException(new Problem(path, 0, "", null, "cannot be read", e.Message));
        }
    }

    private static string Text(Stream plain, string path, long maxBytes)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = plain.Read(buffer)) > 0)
        {
            if (memory.Length + read > maxBytes)
            {
                throw new InputException(new Problem(path, 0, "", null, $"unpacks to more than {maxBytes} bytes", "split it"));
            }

            memory.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length);
    }
}
