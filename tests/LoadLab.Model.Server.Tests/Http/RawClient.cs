using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadLab.Model.Server.Tests.Http;

/// <summary>A client that says what no library would. Every wait ends: a server that neither answers nor closes fails the test.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new(s_limit);

    private RawClient()
    {
    }

    public static async Task<RawClient> ConnectAsync(RunningServer server, int? receiveBuffer = null)
    {
        var client = new RawClient();
        client._socket.NoDelay = true;
        if (receiveBuffer is { } bytes)
        {
            client._socket.ReceiveBufferSize = bytes;
        }

        await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Client.BaseAddress!.Port), client._stop.Token);
        return client;
    }

    /// <summary>Sends all of it and gives what comes back until the server closes; nothing when it resets the connection before the client has seen it open.</summary>
    public static async Task<string> ExchangeAsync(RunningServer server, string request)
    {
        RawClient client;
        try
        {
            client = await ConnectAsync(server);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return "";
        }

        using var _ = client;
        var sending = client.TrySendAsync(request);
        var answer = await client.ReadToEndAsync();
        await sending;
        return answer;
    }

    /// <summary>Characters stand for bytes. False when the server has closed the connection.</summary>
    public async Task<bool> TrySendAsync(string text)
    {
        try
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await _socket.SendAsync(bytes.AsMemory(sent), _stop.Token);
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends a piece again and again, at a pace, until the server closes the connection.</summary>
    public async Task SendUntilClosedAsync(string piece, int pauseMilliseconds)
    {
        while (await TrySendAsync(piece))
        {
            await Task.Delay(pauseMilliseconds, _stop.Token);
        }
    }

    /// <summary>What comes until the server closes; a broken connection is an end as well.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var answer = new StringBuilder();
        var buffer = new byte[16 << 10];
        try
        {
            while (await _socket.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // The server reset the connection.
        }

        return answer.ToString();
    }

    /// <summary>The status of the first answer; 0 without one.</summary>
    public static int StatusOf(string answer) => answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3), provider: null) : 0;

    public void Dispose()
    {
        _socket.Dispose();
        _stop.Dispose();
    }
}
