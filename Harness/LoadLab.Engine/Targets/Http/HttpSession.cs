using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LoadLab.Core;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Polling;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Targets.Http;

/// <summary>What all calls of one target share: the connections and what is known of the service.</summary>
internal sealed class HttpSession : IDisposable
{
    private const int MaxRedirects = 3;
    private readonly HttpMessageInvoker _invoker;
    private readonly ConnectionBook _connections;
    private readonly (string Header, string Value)? _key;
    private volatile bool _longPolls;

    public HttpSession(TargetOptions options, Uri url, string? key, ClockMap clocks, TimeProvider time, HttpMessageHandler? handler = null)
    {
        Options = options;
        Url = url;
        Clocks = clocks;
        Time = time;
        _connections = new ConnectionBook(options.MostConnections);
        Polls = new PollBook(options.Polling, time);
        _longPolls = options.Protocol.Poll?.Wait.Length > 0;
        if (key is not null)
        {
            var scheme = options.KeyScheme ?? options.Protocol.Auth.Scheme;
            _key = (options.KeyHeader ?? options.Protocol.Auth.Header, scheme.Length > 0 ? $"{scheme} {key}" : key);
        }

        // Nothing between the call and the wire: no proxy, cookies or redirects, no queue for a connection, no instrumentation of each request.
        _invoker = new HttpMessageInvoker(handler ?? new SocketsHttpHandler
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
        });
    }

    public static HttpRequestOptionsKey<ProtocolCall> CallKey { get; } = new("loadlab.call");

    public TargetOptions Options { get; }

    public TargetProtocol Protocol => Options.Protocol;

    public Uri Url { get; }

    public ClockMap Clocks { get; }

    /// <summary>Cancellations asked of the service.</summary>
    public Withdrawals Withdrawals { get; } = new();

    /// <summary>What every wait and limit of calls is timed by.</summary>
    public TimeProvider Time { get; }

    /// <summary>When services that do not hold a request are asked about their jobs.</summary>
    public PollBook Polls { get; }

    /// <summary>Whether the service holds a request with the protocol's wait query until the job ends; unlearnt by the first one answered early.</summary>
    public bool LongPolls
    {
        get => _longPolls;
        set => _longPolls = value;
    }

    /// <summary>Whether an address is the service's own: same scheme, host and port.</summary>
    public bool IsOwn(Uri address) => address.Scheme == Url.Scheme && address.Port == Url.Port && string.Equals(address.IdnHost, Url.IdnHost, StringComparison.OrdinalIgnoreCase) && address.UserInfo.Length == 0;

    /// <summary>A request of the protocol for one call. Throws <see cref="BadAnswerException"/> when its address needs the id that the service did not give.</summary>
    public HttpRequestMessage Request(RequestTemplate template, in CallValues values) => Ready(template.Build(AddressOf(template, values), values));

    public HttpRequestMessage Request(HttpMethod method, Uri address) => Ready(new HttpRequestMessage(method, address));

    private Uri AddressOf(RequestTemplate template, in CallValues values)
    {
        if (template.Path.IsOpen(values))
        {
            throw new BadAnswerException();
        }

        var path = template.Path.RenderPath(values).TrimStart('/');
        var address = path.Length == 0 ? Url : new Uri(Url, path);
        return IsOwn(address) ? address : throw new ForeignAddressException();
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop) => _invoker.SendAsync(request, stop);

    /// <summary>
    /// Sends a request that is not a planned call. A GET follows redirects on the service's own host, three at most; any other redirect is a <see cref="RedirectException"/>.
    /// </summary>
    public async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, CancellationToken stop)
    {
        for (var hops = 0; ; hops++)
        {
            var response = await SendAsync(request, stop).ConfigureAwait(false);
            if (RedirectOf(response) is not { } location)
            {
                return response;
            }

            response.Dispose();
            var next = request.Method == HttpMethod.Get && hops < MaxRedirects && Uri.TryCreate(request.RequestUri!, location, out var address) && IsOwn(address) ? address : throw new RedirectException();
            request = Request(HttpMethod.Get, next);
        }
    }

    /// <summary>Where an answer sends its reader; null when it is no redirect.</summary>
    public static Uri? RedirectOf(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 ? response.Headers.Location : null;

    /// <summary>How long the service asks to be left alone; null when it does not.</summary>
    public Duration? RetryAfter(HttpResponseMessage response)
    {
        const double MostSeconds = 30;
        if (!response.Headers.NonValidated.TryGetValues("Retry-After", out var values) || values.ToString() is not { Length: > 0 and < 64 } text)
        {
            return null;
        }

        var seconds = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var stated) ? stated
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? (at - Time.GetUtcNow()).TotalSeconds
            : 0;
        return Duration.FromSeconds(Math.Clamp(seconds, 0, MostSeconds));
    }

    public void Dispose() => _invoker.Dispose();

    private HttpRequestMessage Ready(HttpRequestMessage request)
    {
        request.Version = HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (_key is { } key)
        {
            request.Headers.TryAddWithoutValidation(key.Header, key.Value);
        }

        return request;
    }

    /// <summary>Tells the call that asked for this connection when it was ready.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var socket = _connections.Open();
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, stop).ConfigureAwait(false);
            if (context.InitialRequestMessage.Options.TryGetValue(CallKey, out var call))
            {
                call.OnConnected();
            }

            return _connections.Stream(socket);
        }
        catch
        {
            socket.Dispose();
            _connections.Close();
            throw;
        }
    }
}
