using System.Globalization;
using System.Text.Json;
using LoadLab.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadLab.LoadProbe;

/// <summary>The service that is loaded: GET /fast answers at once, GET /stall by the stall rule, counted from the epoch that /epoch sets. Ends when its standard input closes.</summary>
internal sealed class ProbeServer : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<long> _arrivals = new(1 << 16);
    private readonly DelayLine _delays = new();
    private long _epoch;

    public static async Task<int> RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        using var service = new ProbeServer();
        app.Run(service.AnswerAsync);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"port":{{new Uri(address).Port}},"pid":{{Environment.ProcessId}}}"""));
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public void Dispose() => _delays.Dispose();

    private async Task AnswerAsync(HttpContext context)
    {
        var now = MonotonicClock.SystemNanoseconds;
        var planned = context.Request.Method == "GET";
        switch (context.Request.Path.Value)
        {
            case "/fast":
                Note(now, planned);
                break;
            case "/stall":
                Note(now, planned);
                await (planned ? _delays.UntilAsync(StallRule.AnswerTo(new Instant(now - _epoch)) + new Duration(_epoch)) : Task.CompletedTask);
                break;
            case "/epoch":
                _epoch = long.Parse(context.Request.Query["ns"]!, CultureInfo.InvariantCulture);
                break;
            case "/reset":
                Reset();
                break;
            case "/arrivals":
                await context.Response.WriteAsync(Statistics(double.Parse(context.Request.Query["rate"]!, CultureInfo.InvariantCulture)));
                return;
            default:
                context.Response.StatusCode = 404;
                return;
        }

        context.Response.ContentLength = 2;
        if (planned)
        {
            await context.Response.WriteAsync("ok");
        }
    }

    private void Note(long now, bool planned)
    {
        if (planned)
        {
            lock (_gate)
            {
                _arrivals.Add(now);
            }
        }
    }

    private void Reset()
    {
        lock (_gate)
        {
            _arrivals.Clear();
        }
    }

    private string Statistics(double perSecond)
    {
        lock (_gate)
        {
            return JsonSerializer.Serialize(ArrivalStatistics.Of(_arrivals, perSecond), ProbeJson.Default.ArrivalStatistics);
        }
    }
}
