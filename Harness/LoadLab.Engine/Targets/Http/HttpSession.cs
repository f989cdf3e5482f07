using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using LoadLab.Core;
using LoadLab.Engine.Guards;

namespace LoadLab.Engine.Targets.Http;

/// <summary>What all calls of one target share: the connections and what is known of the service.</summary>
internal sealed class HttpSession : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _invoker;
    private readonly AuthenticationHeaderValue? _authorization;
    private volatile bool _longPolls = true;

    public HttpSession(TargetOptions options, Uri url, string? key, ClockMap clocks)
    {
        Options = options;
        Url = url;
        Clocks = clocks;
        _authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);

        // Nothing between the call and the wire: no proxy, cookies or redirects, no queue for a connection, no instrumentation of each request.
        _handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = int.MaxValue,
            ConnectTimeout = options.ConnectTimeout.ToTimeSpan(),
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
        };
        _invoker = new HttpMessageInvoker(_handler, disposeHandler: true);
    }

    public static HttpRequestOptionsKey<HttpCall> CallKey { get; } = new("loadlab.call");

    public TargetOptions Options { get; }

    public Uri Url { get; }

    public ClockMap Clocks { get; }

    public Withdrawals Withdrawals { get; } = new();

    /// <summary>Whether the service holds a request with wait= until the job ends; unlearnt by the first one answered early.</summary>
    public bool LongPolls
    {
        get => _longPolls;
        set => _longPolls = value;
    }

    public HttpRequestMessage Request(HttpMethod method, Uri url, byte[]? json = null)
    {
        var request = new HttpRequestMessage(method, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (_authorization is not null)
        {
            request.Headers.Authorization = _authorization;
        }

        if (json is not null)
        {
            request.Content = new ByteArrayContent(json);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return request;
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop) => _invoker.SendAsync(request, stop);

    public void Dispose() => _invoker.Dispose();

    /// <summary>Tells the call that asked for this connection when it was ready.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, stop).ConfigureAwait(false);
            if (context.InitialRequestMessage.Options.TryGetValue(CallKey, out var call))
            {
                call.OnConnected();
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
