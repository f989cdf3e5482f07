using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadLab.Engine.Tests;

/// <summary>What a stub was asked.</summary>
internal sealed record StubRequest(string Method, string Path, string Body, IReadOnlyList<string> Headers)
{
    public bool Is(string method, string path) => Method == method && Path.Split('?')[0] == path;
}

/// <summary>
/// A server on a free loopback port whose every byte a test decides: the handler gives the raw response, or null to close the connection
/// without one; a response that says Connection: close is the last.
/// </summary>
internal sealed class StubServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<StubRequest, CancellationToken, Task<byte[]?>> _handler;
    private readonly Task _accepting;
    private readonly List<StubRequest> _seen = [];

    public StubServer(Func<StubRequest, CancellationToken, Task<byte[]?>> handler)
    {
        _handler = handler;
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    public StubServer(Func<StubRequest, byte[]?> handler)
        : this((request, _) => Task.FromResult(handler(request)))
    {
    }

    public Uri Url { get; }

    public IReadOnlyList<StubRequest> Seen
    {
        get
        {
            lock (_seen)
            {
                return [.. _seen];
            }
        }
    }

    public static byte[] Answer(int status, string body, string type = "application/json") => Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

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
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            while (await ReadAsync(reader) is { } request)
            {
                lock (_seen)
                {
                    _seen.Add(request);
                }

                if (await _handler(request, _stop.Token) is not { } answer)
                {
                    return;
                }

                await stream.WriteAsync(answer, _stop.Token);
                if (answer.AsSpan().IndexOf("Connection: close"u8) >= 0)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task<StubRequest?> ReadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync(_stop.Token) is not { Length: > 0 } first)
        {
            return null;
        }

        var length = 0;
        var headers = new List<string>();
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
        {
            headers.Add(header);
            length = header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase) ? int.Parse(header[15..]) : length;
        }

        var body = new char[length];
        if (length > 0)
        {
            // Reading nothing would wait for the next request.
            await reader.ReadBlockAsync(body, _stop.Token);
        }

        return new StubRequest(first.Split(' ')[0], first.Split(' ')[1], new string(body), headers);
    }
}
