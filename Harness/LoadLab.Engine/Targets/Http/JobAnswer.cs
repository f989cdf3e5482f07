using System.Text.Json;
using System.Text.Json.Serialization;
using LoadLab.Core;

namespace LoadLab.Engine.Targets.Http;

/// <summary>The job object of a video service, as far as a client needs it. Fields it does not know are left alone: other services send their own.</summary>
internal sealed record JobAnswer
{
    private const int MaxIdLength = 256;
    private static readonly HashSet<string> s_refusals = new(StringComparer.Ordinal) { "expired", "quota", "overload", "content" };

    public string? Id { get; init; }

    public string? Status { get; init; }

    public string? ServedModel { get; init; }

    public int? Batch { get; init; }

    public int? BatchSize { get; init; }

    public int? Replica { get; init; }

    public int? Attempts { get; init; }

    public JobClocks? Clocks { get; init; }

    public JobError? Error { get; init; }

    /// <summary>Names a job that can be asked about: the id becomes a part of an address.</summary>
    public bool IsUsable => Id is { Length: > 0 and <= MaxIdLength } and not ("." or "..") && Status is not null;

    /// <summary>Null while the job is on its way. Throws <see cref="BadAnswerException"/> for a word that is not a status.</summary>
    public (Outcome Outcome, string Reason)? End => Status switch
    {
        "queued" or "in_progress" => null,
        "completed" => (Outcome.Completed, ""),
        "cancelled" => (Outcome.Abandoned, "cancelled"),
        "failed" => OfCode(Error?.Code) ?? (Outcome.Failed, "error"),
        _ => throw new BadAnswerException(),
    };

    /// <summary>Null without a code.</summary>
    public static (Outcome Outcome, string Reason)? OfCode(string? code) =>
        string.IsNullOrEmpty(code) ? null
        : s_refusals.Contains(code) ? (Outcome.Rejected, code)
        : (Outcome.Failed, Tidy(code));

    /// <summary>A service's words become a short code: they end up in a table and on a page.</summary>
    private static string Tidy(string code) =>
        string.Concat(code.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? char.ToLowerInvariant(c) : '-'));
}

/// <summary>Nanoseconds on the server's clock; absent when the stage was not reached or is not reported.</summary>
internal sealed record JobClocks
{
    public long? ReceivedNs { get; init; }

    public long? QueuedNs { get; init; }

    public long? StartedNs { get; init; }

    public long? TextNs { get; init; }

    public long? DenoiseNs { get; init; }

    public long? DecodeNs { get; init; }

    public long? CompletedNs { get; init; }
}

internal sealed record JobError
{
    public string? Code { get; init; }
}

/// <summary>A refusal: the code stands at the top (problem+json) or inside error.</summary>
internal sealed record RefusalAnswer
{
    public JsonElement? Code { get; init; }

    public JsonElement? Error { get; init; }

    public string? Word => Text(Code) ?? (Error is { ValueKind: JsonValueKind.Object } error && error.TryGetProperty("code", out var code) ? Text(code) : null);

    private static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}

[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(RefusalAnswer))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class HttpJson : JsonSerializerContext;
