using System.Net;
using System.Net.Sockets;
using LoadLab.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoadLab.Stubs;

/// <summary>One service on a loopback port, in one protocol, with one fault at most, and a second listener that only counts who comes.</summary>
public sealed class StubService : IAsyncDisposable
{
    /// <summary>What <see cref="FaultKind.RedirectSame"/> puts before a path; the service answers there too.</summary>
    private const string Moved = "/moved";
    private readonly StubProtocol _protocol;
    private readonly StubOptions _options;
    private readonly CancellationTokenSource _ending = new();
    private readonly TcpListener _elsewhere = new(IPAddress.Loopback, 0);
    private readonly Task _counting;
    private WebApplication _app;
    private int _elsewhereHits;
    private int _accepting;

    private StubService(StubProtocol protocol, StubOptions options)
    {
        _protocol = protocol;
        _options = options;
        Book = new StubBook(options);
        _elsewhere.Start();
        _counting = CountElsewhereAsync();
        _app = Build(options.Port);
    }

    public StubBook Book { get; }

    public StubProtocol Protocol => _protocol;

    public int Port { get; private set; }

    /// <summary>What a client is given.</summary>
    public Uri Url => new($"http://127.0.0.1:{Port}/{_protocol.Path}");

    /// <summary>Connections to the listener that nobody should come to.</summary>
    public int ElsewhereHits => Volatile.Read(ref _elsewhereHits);

    public static async Task<StubService> StartAsync(StubProtocol protocol, StubOptions? options = null)
    {
        var service = new StubService(protocol, options ?? new StubOptions());
        await service.ListenAsync();
        return service;
    }

    /// <summary>Closes the listener and every connection. Jobs live on.</summary>
    public async Task StopAcceptingAsync()
    {
        if (Interlocked.Exchange(ref _accepting, 0) == 0)
        {
            return;
        }

        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    /// <summary>Listens again at the same port, which a client of anybody's may use meanwhile for a while.</summary>
    public async Task AcceptAgainAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            _app = Build(Port);
            try
            {
                await ListenAsync();
                return;
            }
            catch (IOException) when (attempt < 1000)
            {
                await _app.DisposeAsync();
                await Task.Delay(100);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await StopAcceptingAsync();
        await _counting;
        _elsewhere.Stop();
        _ending.Dispose();
    }

    private async Task ListenAsync()
    {
        await _app.StartAsync();
        _accepting = 1;
        Port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    private WebApplication Build(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 1 << 20);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        var app = builder.Build();
        app.Run(HandleAsync);
        return app;
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        var moved = context.Request.Path.StartsWithSegments(Moved, StringComparison.Ordinal, out var rest);
        context.Request.Path = moved ? rest : context.Request.Path;
        var act = _protocol.ActOf(context.Request.Method, context.Request.Path.Value ?? "");
        var now = MonotonicClock.SystemNanoseconds;
        var number = Book.Count(act, now);
        try
        {
            var answer = AtTheDoor(context.Request, moved, act, number, now) ?? await AnswerAsync(context, act, number, now, gone.Token);
            if (answer is not null)
            {
                await WriteAsync(context, answer, act, number, gone.Token);
            }

            if (_options.Fault.Strikes(FaultKind.StopAccepting, act, number))
            {
                await context.Response.CompleteAsync();
                _ = StopAcceptingAsync();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The client left, or the test has ended.
        }
    }

    /// <summary>What is said before the service looks at the request; null = it may enter.</summary>
    private StubAnswer? AtTheDoor(HttpRequest request, bool moved, StubAct act, int number, long now)
    {
        var fault = _options.Fault;
        if (fault.Kind == FaultKind.ScaleFromZero && now - (Book.FirstSubmitNs ?? now) < fault.For.Ticks * 100)
        {
            // What stands in front of the service says so, in its own words: Knative's activator and the proxies before it.
            return StubAnswer.Text("no healthy upstream", 503);
        }

        if (fault.Strikes(FaultKind.TooManyRequests, act, number))
        {
            return _protocol.Error(429, "rate_limit_exceeded", "too many requests").With("Retry-After", "1");
        }

        if (!moved && fault.Strikes(FaultKind.RedirectSame, act, number))
        {
            return StubAnswer.Text("", 307).With("Location", $"http://127.0.0.1:{Port}{Moved}{request.Path}");
        }

        if (fault.Strikes(FaultKind.RedirectElsewhere, act, number))
        {
            return StubAnswer.Text("", 307).With("Location", $"{ElsewhereAddress}{request.Path}");
        }

        if (act == StubAct.Other)
        {
            return _protocol.Error(404, "not_found", "there is no such path");
        }

        if (_options.Key is { } key && act != StubAct.Health && !_protocol.Admits(request, key))
        {
            Book.Refuse("the key is missing or wrong");
            return _protocol.Error(401, "invalid_api_key", "the key is missing or wrong");
        }

        return null;
    }

    private string ElsewhereAddress => $"http://localhost:{((IPEndPoint)_elsewhere.LocalEndpoint).Port}";

    /// <summary>The service's answer; null when a fault has already dealt with the connection.</summary>
    private async Task<StubAnswer?> AnswerAsync(HttpContext context, StubAct act, int number, long now, CancellationToken gone)
    {
        var fault = _options.Fault;
        if (fault.Strikes(FaultKind.HalfClosed, act, number))
        {
            SocketOf(context).Shutdown(SocketShutdown.Send);
        }

        if (fault.Strikes(FaultKind.HalfClosed, act, number) || fault.Strikes(FaultKind.Silent, act, number))
        {
            await Task.Delay(Timeout.Infinite, gone);
        }

        var address = fault.Kind == FaultKind.AddressesElsewhere ? ElsewhereAddress : $"http://{context.Request.Host}";
        return await _protocol.AnswerAsync(new StubExchange(act, context.Request, Book, address, now, gone));
    }

    private async Task WriteAsync(HttpContext context, StubAnswer answer, StubAct act, int number, CancellationToken gone)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.Type;
        response.ContentLength = answer.Body.Length;

        // The platform renews its Date once a second or later; these services write the second they answer in.
        response.Headers.Date = DateTimeOffset.UtcNow.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }

        if (context.Request.Method == "HEAD")
        {
            return;
        }

        answer.Tells?.Told(MonotonicClock.SystemNanoseconds);
        var fault = _options.Fault;
        if (fault.Strikes(FaultKind.Reset, act, number))
        {
            await response.Body.WriteAsync(answer.Body.AsMemory(0, answer.Body.Length / 2), gone);
            await response.Body.FlushAsync(gone);
            ResetConnection(context);
        }
        else if (fault.Strikes(FaultKind.SlowBody, act, number))
        {
            await DripAsync(response, answer.Body, fault.For, gone);
        }
        else
        {
            await response.Body.WriteAsync(answer.Body, gone);
        }
    }

    private static async Task DripAsync(HttpResponse response, byte[] body, TimeSpan over, CancellationToken gone)
    {
        const int Drops = 8;
        for (var i = 0; i < Drops; i++)
        {
            await Task.Delay(over / Drops, gone);
            await response.Body.WriteAsync(body.AsMemory(body.Length * i / Drops, (body.Length * (i + 1) / Drops) - (body.Length * i / Drops)), gone);
            await response.Body.FlushAsync(gone);
        }
    }

    /// <summary>A reset, not an orderly end: the socket forgets what it had to send.</summary>
    private static void ResetConnection(HttpContext context)
    {
        var socket = SocketOf(context);
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    private static Socket SocketOf(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()!.Socket;

    private async Task CountElsewhereAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _elsewhere.AcceptTcpClientAsync(_ending.Token);
                Interlocked.Increment(ref _elsewhereHits);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }
}
