using Microsoft.Win32.SafeHandles;

namespace LoadLab.Sensors;

/// <summary>A small text file of the kernel, opened once and read from its start each time into a buffer that is kept.</summary>
internal sealed class ProcFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly byte[] _buffer;

    private ProcFile(SafeFileHandle handle, int capacity)
    {
        _handle = handle;
        _buffer = new byte[capacity];
    }

    /// <summary>Null, with the reason, when the file cannot be opened.</summary>
    public static ProcFile? TryOpen(string path, out string? reason, int capacity = 4096)
    {
        try
        {
            reason = null;
            return new ProcFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), capacity);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = $"{path}: {e.Message}";
            return null;
        }
    }

    /// <summary>What the file says now, cut at the buffer's capacity. Throws <see cref="IOException"/>, for example when its process has ended.</summary>
    public ReadOnlySpan<byte> Read()
    {
        var length = 0;
        while (length < _buffer.Length)
        {
            var read = RandomAccess.Read(_handle, _buffer.AsSpan(length), length);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return _buffer.AsSpan(0, length);
    }

    public void Dispose() => _handle.Dispose();
}
