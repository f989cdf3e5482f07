using System.Text.Json.Serialization;
using LoadLab.Model.Server.Jobs;

namespace LoadLab.Model.Server.Http;

/// <summary>A job as clients see it.</summary>
internal sealed record JobDocument
{
    public required string Id { get; init; }

    public string Object { get; init; } = "video";

    public required string Status { get; init; }

    public required int Progress { get; init; }

    public required int Step { get; init; }

    public required string Model { get; init; }

    public required string ServedModel { get; init; }

    public required long? Batch { get; init; }

    public required int? BatchSize { get; init; }

    public required int? Replica { get; init; }

    public required int Attempts { get; init; }

    public required ClocksDocument Clocks { get; init; }

    public required ErrorDocument? Error { get; init; }

    /// <summary>Only in the answer of the blocking form.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VideoId { get; init; }

    /// <summary>Where the clip lies on the server; only in the answer of the blocking form.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VideoPath { get; init; }

    /// <summary>The clip itself; only in the answer of the blocking form and when asked for.</summary>
    [JsonPropertyName("b64_json")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Base64 { get; init; }

    public static JobDocument Of(JobSnapshot job) => new()
    {
        Id = job.Name,
        Status = Word(job.Status),
        Progress = job.Progress,
        Step = job.Step,
        Model = job.Model.Name,
        ServedModel = job.ServedModel.Name,
        Batch = job.Batch?.Value,
        BatchSize = job.BatchSize,
        Replica = job.Replica?.Value,
        Attempts = job.Attempts,
        Clocks = ClocksDocument.Of(job.Clocks),
        Error = job.ErrorCode is { } code ? new ErrorDocument(Refusal.CodeOf(code), Refusal.MessageOf(code, job.ErrorMessage)) : null,
    };

    private static string Word(JobStatus status) => status switch
    {
        JobStatus.Queued => "queued",
        JobStatus.InProgress => "in_progress",
        JobStatus.Completed => "completed",
        JobStatus.Failed => "failed",
        _ => "cancelled",
    };
}

/// <summary>Nanoseconds on the run's clock; null = not reached.</summary>
internal sealed record ClocksDocument(long ReceivedNs, long? QueuedNs, long? StartedNs, long? TextNs, long? DenoiseNs, long? DecodeNs, long? CompletedNs)
{
    public static ClocksDocument Of(JobClocks clocks) => new(
        clocks.Received.Nanoseconds,
        clocks.Queued?.Nanoseconds,
        clocks.Started?.Nanoseconds,
        clocks.Text?.Nanoseconds,
        clocks.Denoise?.Nanoseconds,
        clocks.Decode?.Nanoseconds,
        clocks.Completed?.Nanoseconds);
}

/// <param name="Code">expired, quota, overload, content, cancelled, out-of-memory, error and others.</param>
/// <param name="Message">One line for people.</param>
internal sealed record ErrorDocument(string Code, string Message);
