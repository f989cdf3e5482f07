using System.IO.Pipes;
using System.Text;

namespace LoadLab.Model.Server.Replicas.Processes;

/// <summary>Where a server and the replicas in other processes meet: sockets in a folder of this user alone; on Windows named pipes of this user alone.</summary>
internal sealed class PipeFolder : IDisposable
{
    /// <summary>A Unix socket's address has this many bytes, its end included, where it has fewest (macOS).</summary>
    private const int MostPathBytes = 104;

    private readonly string _folder;
    private readonly bool _isFolder = !OperatingSystem.IsWindows();

    /// <param name="parent">Of the folder; null = the system's for temporary files.</param>
    /// <exception cref="IOException">The folder's path is too long for a socket.</exception>
    public PipeFolder(string? parent = null)
    {
        // On Unix with the rights 0700.
        _folder = !_isFolder ? $"loadlab-{Guid.NewGuid():N}"
            : parent is null ? Directory.CreateTempSubdirectory("loadlab-").FullName
            : Create(Path.Combine(parent, $"loadlab-{Guid.NewGuid():N}"[..16]));
        if (_isFolder && Encoding.UTF8.GetByteCount(AddressOf(int.MaxValue)) >= MostPathBytes)
        {
            Dispose();
            throw new IOException($"{_folder} is too long a path for a socket: set TMPDIR to a folder of at most {MostPathBytes - 40} bytes");
        }
    }

    /// <summary>Where a replica is met: a socket's path, or a pipe's name.</summary>
    public string AddressOf(int replica) => _isFolder ? Path.Combine(_folder, $"r{replica}") : $"{_folder}-r{replica}";

    /// <summary>Waits at an address for one other process of this user.</summary>
    public static NamedPipeServerStream Listen(string address) =>
        new(address, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);

    /// <summary>Goes to where <see cref="Listen"/> waits.</summary>
    /// <exception cref="TimeoutException">Nobody waits there.</exception>
    public static NamedPipeClientStream Connect(string address, TimeSpan limit)
    {
        var pipe = new NamedPipeClientStream(".", address, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        try
        {
            pipe.Connect(limit);
            return pipe;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_isFolder && Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static string Create(string path) => OperatingSystem.IsWindows()
        ? path
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
}
