using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace LoadLab.Model.Server.Http;

/// <summary>Kestrel with our limits and nothing else: no configuration files or variables, no logging to the standard output, no signal handlers.</summary>
internal static class WebHost
{
    public static WebApplication Build(ModelServerOptions options, VideoEndpoints videos, HealthEndpoints health)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, options));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        app.Use((http, next) => GuardAsync(http, next, options));
        if (options.AllKeys is { } keys)
        {
            app.Use((http, next) => Admit(http, keys) ? next(http) : Refuse(http));
        }
        else
        {
            app.Use((http, next) => IsLoopback(http.Request.Host) ? next(http) : Misdirected(http));
        }

        app.UseRouting();
        videos.Map(app);
        health.Map(app);
        return app;
    }

    /// <summary>The port that was bound.</summary>
    public static int PortOf(WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    private static void Limit(KestrelServerOptions kestrel, ModelServerOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = options.Http;
        kestrel.Limits.MaxRequestBodySize = limits.ThrownAwayBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.Limits.MaxRequestLineSize = limits.RequestLineBytes;
        kestrel.Limits.MaxRequestBufferSize = limits.ReadAheadBytes;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = limits.HeadersWithin;
        kestrel.Limits.KeepAliveTimeout = limits.IdleFor;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.BodyBytesPerSecond, limits.RateGrace);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(limits.AnswerBytesPerSecond, limits.RateGrace);
        kestrel.Listen(new IPEndPoint(options.Bind, options.Port), listen => listen.Protocols = HttpProtocols.Http1);
    }

    /// <summary>Turns what Kestrel refuses and what goes wrong in our own code into a problem document.</summary>
    private static async Task GuardAsync(HttpContext http, RequestDelegate next, ModelServerOptions options)
    {
        try
        {
            await next(http);
            if (http.GetEndpoint() is not RouteEndpoint && !http.Response.HasStarted)
            {
                await NotRouted(http);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await Answer.Problem(http, e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? $"the body is longer than {options.Http.BodyBytes} bytes" : e.Message);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            await options.Diagnostics.WriteLineAsync($"{http.Request.Method} {http.Request.Path}: {e}");
            await Answer.Problem(http, StatusCodes.Status500InternalServerError, "the server failed", null, "error");
        }
    }

    /// <summary>Without a key, a page in a browser on this machine must not reach the server under a name of its own that it points here.</summary>
    private static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static Task Misdirected(HttpContext http) =>
        Answer.Problem(http, StatusCodes.Status421MisdirectedRequest, $"host {http.Request.Host} is not served here", "without a key only localhost, 127.0.0.1 and [::1] are");

    private static Task NotRouted(HttpContext http) => http.Response.StatusCode == StatusCodes.Status405MethodNotAllowed
        ? Answer.Problem(http, StatusCodes.Status405MethodNotAllowed, "this method is not for this path", $"allowed: {http.Response.Headers.Allow}")
        : Answer.Problem(http, StatusCodes.Status404NotFound, "there is nothing here", "see /v1/videos, /v1/videos/generations, /healthz, /readyz, /metrics");

    /// <summary>Whether the request may go on; its key goes with it.</summary>
    private static bool Admit(HttpContext http, ApiKeys keys)
    {
        if (keys.Find(http.Request) is { } key)
        {
            http.Features.Set(key);
            return true;
        }

        return http.Request.Path is { Value: "/healthz" or "/readyz" };
    }

    private static Task Refuse(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Answer.Problem(http, StatusCodes.Status401Unauthorized, "a key is required", "send Authorization: Bearer KEY", "key");
    }

    /// <summary>Signals are the program's own business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
