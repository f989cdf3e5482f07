using LoadLab.Stubs.Protocols;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Stubs;

/// <summary>One request as a protocol sees it.</summary>
/// <param name="Act">What it asks for.</param>
/// <param name="Http">The request.</param>
/// <param name="Book">The service's books.</param>
/// <param name="JobAddress">Address that the service gives for its jobs, without a slash at its end: its own, unless a fault says otherwise.</param>
/// <param name="Now">When it came, system's monotonic clock, nanoseconds.</param>
/// <param name="Gone">The client has left.</param>
internal sealed record StubExchange(StubAct Act, HttpRequest Http, StubBook Book, string JobAddress, long Now, CancellationToken Gone)
{
    public string Path => Http.Path.Value ?? "";

    public string Method => Http.Method;

    /// <summary>The part of the path at an index; "" past its end.</summary>
    public string Part(int index) => Path.Split('/', StringSplitOptions.RemoveEmptyEntries) is var parts && index < parts.Length ? parts[index] : "";
}

/// <summary>
/// A service's wire format, written from the service's own documentation and not from the files that the client reads, so that the two can disagree.
/// </summary>
public abstract class StubProtocol
{
    public static IReadOnlyList<StubProtocol> All { get; } =
    [
        new OpenAiVideosStub(), new GenerationsStub(), new VllmOmniStub(), new SglangStub(), new FalQueueStub(), new KserveV2Stub(), new ComfyUiStub(), new PlainStub(),
    ];

    public abstract string Name { get; }

    /// <summary>Whether the answer to a submission is the clip itself.</summary>
    public virtual bool Blocks => false;

    /// <summary>What a client puts behind the stub's address, where the service needs more than that.</summary>
    public virtual string Path => "";

    public static StubProtocol? Named(string name) => All.FirstOrDefault(protocol => protocol.Name == name);

    internal abstract StubAct ActOf(string method, string path);

    internal abstract Task<StubAnswer> AnswerAsync(StubExchange exchange);

    /// <summary>An error in the service's own form.</summary>
    internal abstract StubAnswer Error(int status, string code, string message);

    internal virtual bool Admits(HttpRequest request, string key) => request.Headers.Authorization == $"Bearer {key}";

    /// <summary>Holds the request until its job has ended or its client has left, which cancels the job.</summary>
    private protected static async Task HoldAsync(StubJob job, CancellationToken gone)
    {
        try
        {
            while (job.EndsNs - Core.MonotonicClock.SystemNanoseconds is var left && left > 0)
            {
                await Task.Delay(TimeSpan.FromTicks((left / 100) + 1), gone);
            }
        }
        catch (OperationCanceledException)
        {
            job.Cancel(Core.MonotonicClock.SystemNanoseconds);
            throw;
        }
    }
}
