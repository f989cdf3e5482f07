using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Core.Runs;

/// <summary>Text of a plain or gzip file, whole.</summary>
public static class GzipText
{
    /// <summary>Throws <see cref="InputException"/> when the file cannot be read, is damaged or cut off, or unpacks to more than <paramref name="maxBytes"/>.</summary>
    public static string Read(string path, long maxBytes)
    {
        using var file = new PackedFile(path, Math.Min(maxBytes, Array.MaxLength));
        using var memory = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = file.Read(buffer)) > 0)
        {
            memory.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length);
    }
}
