using System.Net;
using System.Net.Sockets;

namespace LoadLab.Cli.Tests;

/// <summary>A way to a server on this machine that a test can cut: while it is cut, connections end at once, those that are open too.</summary>
internal sealed class CuttableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<bool> _isCut;
    private readonly int _port;
    private readonly Task _accepting;
    private int _refused;

    public CuttableProxy(Uri server, Func<bool> isCut)
    {
        (_port, _isCut) = (server.Port, isCut);
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>Connections that came while it was cut, so far.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();

        // The loop first: a listener that is closed between two connections refuses the next wait as a mistake of the program.
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            if (_isCut())
            {
                Interlocked.Increment(ref _refused);
            }
            else
            {
                await far.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
                await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Either end left.
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        for (int read; (read = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0 && !_isCut();)
        {
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
