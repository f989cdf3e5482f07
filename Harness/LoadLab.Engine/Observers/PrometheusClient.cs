using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using LoadLab.Core;
using LoadLab.Engine.Targets.Http;

namespace LoadLab.Engine.Observers;

/// <summary>Why a query gave no answer, in a word or two; the observer counts it and goes on.</summary>
internal sealed class ObserverException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>
/// The query part of Prometheus's HTTP API, as Thanos, Mimir and VictoriaMetrics have it too. Follows no redirect, uses no proxy, reads at most <see cref="MaxBodyBytes"/>.
/// Blocks the thread that calls it, which is the observer's own.
/// </summary>
internal sealed class PrometheusClient : IDisposable
{
    public const int MaxBodyBytes = 4 << 20;

    private readonly Uri _api;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly HttpMessageInvoker _invoker = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = 1,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            ResponseDrainTimeout = TimeSpan.Zero,
            ActivityHeadersPropagator = null,
        },
        disposeHandler: true);

    public PrometheusClient(Uri server, string? token)
    {
        var path = server.AbsolutePath.TrimEnd('/');
        path = path.EndsWith("/api/v1", StringComparison.Ordinal) ? path[..^7] : path;
        _api = new UriBuilder(server) { Path = path + "/api/v1/" }.Uri;
        _authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The query's value now by the server's clock, or at a time of it in Unix seconds.</summary>
    /// <exception cref="ObserverException">There was no usable answer within the limit.</exception>
    public PrometheusAnswer Instant(string query, Duration limit, CancellationToken stop, double? atSeconds = null) => Ask(
        "query",
        $"query={Uri.EscapeDataString(query)}{(atSeconds is { } at ? string.Create(CultureInfo.InvariantCulture, $"&time={at:F3}") : "")}",
        range: false,
        limit,
        stop);

    /// <summary>The query's values at start, start + step … up to end, in Unix time of the server.</summary>
    /// <exception cref="ObserverException">There was no usable answer within the limit.</exception>
    public PrometheusAnswer Range(string query, double startSeconds, double endSeconds, double stepSeconds, Duration limit, CancellationToken stop) => Ask(
        "query_range",
        string.Create(CultureInfo.InvariantCulture, $"query={Uri.EscapeDataString(query)}&start={startSeconds:F3}&end={endSeconds:F3}&step={stepSeconds:0.###}"),
        range: true,
        limit,
        stop);

    public void Dispose() => _invoker.Dispose();

    private PrometheusAnswer Ask(string what, string form, bool range, Duration limit, CancellationToken stop)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timer.CancelAfter(limit.ToTimeSpan());
        try
        {
            var (status, body) = SendAsync(what, form, timer.Token).GetAwaiter().GetResult();
            if (status is < 200 or > 299)
            {
                var said = PrometheusAnswer.ErrorOf(body);
                throw new ObserverException(string.Create(CultureInfo.InvariantCulture, $"http-{status}{(said.Length > 0 ? $" {said}" : "")}"));
            }

            return PrometheusAnswer.Parse(body, range);
        }
        catch (OperationCanceledException e)
        {
            throw new ObserverException(stop.IsCancellationRequested ? "not-waited-for" : "timeout", e);
        }
        catch (Exception e) when (TransportFault.Of(e) is { } fault)
        {
            throw new ObserverException(fault.Reason, e);
        }
    }

    private async Task<(int Status, ReadOnlyMemory<byte> Body)> SendAsync(string what, string form, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_api, what)) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Authorization = _authorization;
        request.Content = new StringContent(form, System.Text.Encoding.ASCII, "application/x-www-form-urlencoded");
        using var response = await _invoker.SendAsync(request, stop).ConfigureAwait(false);
        if (response.Content.Headers.ContentLength > MaxBodyBytes)
        {
            throw new OversizedAnswerException();
        }

        var body = new ArrayBufferWriter<byte>();
        using var stream = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        for (int read; (read = await stream.ReadAsync(body.GetMemory(16 * 1024), stop).ConfigureAwait(false)) > 0;)
        {
            body.Advance(read);
            if (body.WrittenCount > MaxBodyBytes)
            {
                throw new OversizedAnswerException();
            }
        }

        return ((int)response.StatusCode, body.WrittenMemory);
    }
}
