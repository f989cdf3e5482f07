using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets.Http;

namespace LoadLab.Engine.Targets;

/// <summary>A service over HTTP, in one of the protocols.</summary>
public sealed class HttpTarget : ITarget
{
    private static readonly TimeSpan s_greetLimit = TimeSpan.FromSeconds(5);
    private readonly HttpSession _session;

    private HttpTarget(HttpSession session) => _session = session;

    /// <summary>Offset of the service's clock and its uncertainty.</summary>
    public ClockMap Clocks => _session.Clocks;

    /// <summary>Jobs that calls asked the service to cancel.</summary>
    public Withdrawals Withdrawals => _session.Withdrawals;

    /// <param name="options">Protocol, limits and key.</param>
    /// <param name="url">The service's address: options.Url, or where a local server listens.</param>
    /// <param name="clocks">How the service's clock stands to the run's.</param>
    /// <exception cref="InputException">The environment variable that should hold the key is not set.</exception>
    public static HttpTarget Create(TargetOptions options, Uri url, ClockMap clocks)
    {
        string? key = null;
        if (options.KeyVariable is { } variable)
        {
            key = Environment.GetEnvironmentVariable(variable);
            if (string.IsNullOrEmpty(key))
            {
                throw new InputException(new Problem("environment", 0, variable, null, "is not set", "set it to the key that target.auth names"));
            }
        }

        return new HttpTarget(new HttpSession(options, options.Protocol == TargetProtocol.Plain ? url : BaseOf(url), key, clocks));
    }

    public ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock) => _session.Options.Protocol switch
    {
        TargetProtocol.Videos => new VideoCall(_session, call, prompt, clock),
        TargetProtocol.Generations => new GenerationCall(_session, call, prompt, clock),
        _ => new PlainCall(_session, call, clock),
    };

    /// <summary>
    /// Opens connections before the clock starts, by asking for nothing: GET healthz, HEAD for a plain target. Any answer will do.
    /// Null when the service answered; otherwise why it did not.
    /// </summary>
    public async Task<string?> GreetAsync(int connections, CancellationToken stop)
    {
        var faults = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => GreetOnceAsync(stop))).ConfigureAwait(false);
        return faults.All(fault => fault is not null) ? faults[0] : null;
    }

    public ValueTask DisposeAsync()
    {
        _session.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string?> GreetOnceAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_greetLimit);
        var plain = _session.Options.Protocol == TargetProtocol.Plain;
        try
        {
            using var request = _session.Request(plain ? HttpMethod.Head : HttpMethod.Get, plain ? _session.Url : new Uri(_session.Url, "healthz"));
            using var response = await _session.SendAsync(request, limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return "timeout";
        }
        catch (Exception e) when (TransportFault.Of(e) is { } fault)
        {
            return fault.Reason;
        }
    }

    /// <summary>The address below which /v1 lies, with a slash at its end; people write it with or without /v1.</summary>
    private static Uri BaseOf(Uri url)
    {
        var path = url.AbsolutePath.TrimEnd('/');
        path = path.EndsWith("/v1", StringComparison.Ordinal) ? path[..^3] : path;
        return new UriBuilder(url) { Path = path + "/", Query = "", Fragment = "" }.Uri;
    }
}
