using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadLab.Cli.Tests;

/// <summary>A service on a free loopback port that answers every request with the same bytes, or closes the connection (null) for what is not a greeting.</summary>
internal sealed class StubTarget : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[]? _answer;
    private readonly TimeSpan _serviceTime;
    private readonly SemaphoreSlim _server = new(1);
    private readonly Task _accepting;

    /// <param name="answer">To every request but a greeting.</param>
    /// <param name="serviceTime">Above zero: requests are served one after another, each for so long.</param>
    public StubTarget(string? answer, TimeSpan serviceTime = default)
    {
        _serviceTime = serviceTime;
        _answer = answer is null ? null : Encoding.Latin1.GetBytes(answer);
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    public static string Answer(int status, string body) => $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();

        // The loop first: a listener that is closed between two connections refuses the next wait as a mistake of the program.
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
        _server.Dispose();
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
            // The test has ended.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            while (await ReadAsync(reader) is { } method)
            {
                var greeting = method is "HEAD" or "healthz";
                if (!greeting && _answer is null)
                {
                    return;
                }

                if (!greeting && _serviceTime > TimeSpan.Zero)
                {
                    await _server.WaitAsync(_stop.Token);
                    await Task.Delay(_serviceTime, _stop.Token);
                    _server.Release();
                }

                await stream.WriteAsync(greeting ? "HTTP/1.1 204 X\r\n\r\n"u8.ToArray() : _answer!, _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client left, or the test has ended.
        }
    }

    /// <summary>The request's method, "healthz" for that path; null at the end.</summary>
    private async Task<string?> ReadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync(_stop.Token) is not { Length: > 0 } first)
        {
            return null;
        }

        var length = 0;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
        {
            length = header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase) ? int.Parse(header[15..]) : length;
        }

        if (length > 0)
        {
            await reader.ReadBlockAsync(new char[length], _stop.Token);
        }

        return first.Contains("/healthz ", StringComparison.Ordinal) ? "healthz" : first.Split(' ')[0];
    }
}
