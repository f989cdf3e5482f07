using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadLab.Engine;

/// <summary>Answers every request on a loopback port at once: POST /v1/videos with a queued job, anything else with a completed one. Speaks just enough HTTP for our own client.</summary>
internal sealed class RehearsalService : IAsyncDisposable
{
    private const int MaxRequest = 64 * 1024;
    private static readonly byte[] s_queued = Answer(202, """{"id":"job-1","object":"video","status":"queued","clocks":{"received_ns":1}}""");

    private static readonly byte[] s_completed = Answer(200, """
        {"id":"job-1","object":"video","status":"completed","progress":100,"model":"rehearsal","served_model":"rehearsal","batch":1,"batch_size":1,"replica":1,"attempts":1,
        "clocks":{"received_ns":1,"queued_ns":2,"started_ns":3,"text_ns":4,"denoise_ns":5,"decode_ns":6,"completed_ns":7}}
        """);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public RehearsalService()
    {
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);

        // The loop first: a listener that is closed between two connections refuses the next wait as a mistake of the program.
        await _accepting.ConfigureAwait(false);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token).ConfigureAwait(false), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private static async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using var _ = client;
        var buffer = new byte[MaxRequest];
        var filled = 0;
        try
        {
            var stream = client.GetStream();
            for (int read; filled < buffer.Length && (read = await stream.ReadAsync(buffer.AsMemory(filled), stop).ConfigureAwait(false)) > 0;)
            {
                filled += read;
                for (int length; (length = RequestLength(buffer.AsSpan(0, filled))) > 0;)
                {
                    var answer = buffer.AsSpan().StartsWith("POST /v1/videos HTTP"u8) ? s_queued : s_completed;
                    buffer.AsSpan(length, filled - length).CopyTo(buffer);
                    filled -= length;
                    await stream.WriteAsync(answer, stop).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone, or the rehearsal is over.
        }
    }

    /// <summary>Bytes of the first whole request; 0 while it is not all there.</summary>
    private static int RequestLength(ReadOnlySpan<byte> bytes)
    {
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return 0;
        }

        var at = bytes[..head].IndexOf("Content-Length: "u8);
        var body = at >= 0 && Utf8Parser.TryParse(bytes[(at + "Content-Length: ".Length)..], out int stated, out _) ? stated : 0;
        var length = head + 4 + body;
        return length <= bytes.Length ? length : 0;
    }

    private static byte[] Answer(int status, string body) =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
}
