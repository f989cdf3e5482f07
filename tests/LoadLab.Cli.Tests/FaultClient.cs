using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadLab.Cli.Tests;

/// <summary>A client that says what no library would, and leaves when it likes.</summary>
internal sealed class FaultClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(180));

    private FaultClient()
    {
    }

    public static async Task<FaultClient> ConnectAsync(Uri server, int? receiveBuffer = null)
    {
        var client = new FaultClient();
        client._socket.ReceiveBufferSize = receiveBuffer ?? client._socket.ReceiveBufferSize;
        await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), client._stop.Token);
        return client;
    }

    public static string Post(string path, string body, string type = "application/json", int? length = null, bool keep = false) =>
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{(keep ? "" : "Connection: close\r\n")}Content-Length: {length ?? Encoding.Latin1.GetByteCount(body)}\r\n\r\n{body}";

    /// <summary>Characters stand for bytes. What the server does not take is not sent: false.</summary>
    public async Task<bool> TrySendAsync(string text, TimeSpan limit)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        late.CancelAfter(limit);
        try
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await _socket.SendAsync(bytes.AsMemory(sent), late.Token);
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Reads until the server closes: the status of the first answer, 0 without one.</summary>
    /// <param name="leaves">Whether it says first that nothing more comes: what was half said stays so.</param>
    public async Task<int> StatusAsync(bool leaves)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            if (leaves)
            {
                _socket.Shutdown(SocketShutdown.Send);
            }

            while (await _socket.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // The server reset the connection.
        }

        return answer.Length > 12 && answer.ToString(0, 9) == "HTTP/1.1 " ? int.Parse(answer.ToString(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stop.Dispose();
    }
}
