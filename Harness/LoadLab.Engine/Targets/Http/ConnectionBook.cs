using System.Net.Sockets;

namespace LoadLab.Engine.Targets.Http;

/// <summary>The client has as many connections open as it may: the call was not sent for want of a socket, which says nothing of the service.</summary>
internal sealed class ClientSocketsException : Exception;

/// <summary>
/// Counts open connections and refuses one too many. A process that runs out of file descriptors fails wherever it next needs one, and may end; a call that is refused here
/// ends with a reason, and the run goes on.
/// </summary>
/// <param name="most">Connections open at once at most.</param>
internal sealed class ConnectionBook(int most)
{
    private int _open;

    /// <summary>What a process leaves for files, pipes and the runtime.</summary>
    private const int Reserve = 512;

    /// <summary>As many as this process has file descriptors for, less a reserve.</summary>
    public static int MostOfProcess { get; } = OperatingSystem.IsLinux() && LinuxNative.GetResourceLimit(LinuxNative.LimitOpenFiles, out var limit) == 0
        ? (int)Math.Clamp((long)Math.Min(limit.Soft, int.MaxValue) - Reserve, 64, int.MaxValue)
        : int.MaxValue;

    /// <exception cref="ClientSocketsException">As many are open as may be.</exception>
    public Socket Open()
    {
        if (Interlocked.Increment(ref _open) > most)
        {
            Interlocked.Decrement(ref _open);
            throw new ClientSocketsException();
        }

        try
        {
            return new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        }
        catch (SocketException)
        {
            Close();
            throw;
        }
    }

    public void Close() => Interlocked.Decrement(ref _open);

    /// <summary>A connected socket as a stream that counts itself closed.</summary>
    public Stream Stream(Socket socket) => new CountedStream(socket, this);

    private sealed class CountedStream(Socket socket, ConnectionBook book) : NetworkStream(socket, ownsSocket: true)
    {
        private int _closed;

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _closed, 1) == 0)
            {
                book.Close();
            }

            base.Dispose(disposing);
        }
    }
}
