using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets.Http;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Targets;

/// <summary>A service over HTTP, in one of the protocols.</summary>
public sealed class HttpTarget : ITarget
{
    private static readonly TimeSpan s_greetLimit = TimeSpan.FromSeconds(5);
    private static readonly ScheduledCall s_nobody = new() { Index = 0, Intended = Instant.Zero };
    private readonly HttpSession _session;

    private HttpTarget(HttpSession session) => _session = session;

    /// <summary>Offset of the service's clock and its uncertainty.</summary>
    public ClockMap Clocks => _session.Clocks;

    /// <param name="options">Protocol, limits and key.</param>
    /// <param name="url">The service's address: options.Url, or where a local server listens.</param>
    /// <param name="clocks">How the service's clock stands to the run's; learnt when the protocol has no clock that could be shared.</param>
    /// <param name="time">What waits and limits are timed by; the system's when null.</param>
    /// <exception cref="InputException">The environment variable that should hold the key is not set, or holds what no header can carry.</exception>
    public static HttpTarget Create(TargetOptions options, Uri url, ClockMap clocks, TimeProvider? time = null)
    {
        var known = clocks.IsShared && options.Protocol.Clocks is { Any: true, IsShared: false } ? ClockMap.Learned() : clocks;
        return new HttpTarget(new HttpSession(options, BaseOf(options.Protocol, url), Key(options), known, time ?? TimeProvider.System));
    }

    public ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock) => new ProtocolCall(_session, call, prompt, clock);

    /// <summary>
    /// Opens connections before the clock starts, by the protocol's greeting, or by HEAD of the service's address. Any answer will do.
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

    private static string? Key(TargetOptions options)
    {
        if (options.KeyVariable is not { } variable)
        {
            return null;
        }

        var key = Environment.GetEnvironmentVariable(variable);
        var fault = string.IsNullOrEmpty(key) ? "is not set" : key.All(c => c is > ' ' and <= '~') ? null : "holds spaces, line breaks or characters that are not plain";
        return fault is null ? key : throw new InputException(new Problem("environment", 0, variable, null, fault, "set it to the key that target.auth names"));
    }

    private async Task<string?> GreetOnceAsync(CancellationToken stop)
    {
        using var timer = new CancellationTokenSource(s_greetLimit, _session.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, timer.Token);
        try
        {
            using var request = _session.Protocol.Greeting is { } greeting
                ? _session.Request(greeting, new CallValues(s_nobody, "", _session.Options.Model, _session.Protocol.Fps))
                : _session.Request(HttpMethod.Head, _session.Url);
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

    /// <summary>
    /// The address below which the protocol's paths lie, with a slash at its end; people write it with or without the paths' first part (v1). A protocol without a path has the
    /// address itself.
    /// </summary>
    private static Uri BaseOf(TargetProtocol protocol, Uri url)
    {
        if (protocol.Submit.Path.Constant is "")
        {
            return url;
        }

        var first = protocol.Submit.Path.Head.Split('/')[0];
        var path = url.AbsolutePath.TrimEnd('/');
        path = first.Length > 0 && path.EndsWith("/" + first, StringComparison.Ordinal) ? path[..^(first.Length + 1)] : path;
        return new UriBuilder(url) { Path = path + "/", Query = "", Fragment = "" }.Uri;
    }
}
