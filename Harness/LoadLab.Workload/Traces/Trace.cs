using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>The formats that can be imported, plain or gzip.</summary>
public enum TraceFormat
{
    /// <summary>Azure LLM inference traces of 2023 and 2024: TIMESTAMP or arrival_s, ContextTokens, GeneratedTokens.</summary>
    AzureLlm,

    /// <summary>GenTD26 image requests: gmt_create or arrival_s, steps, images and more.</summary>
    GenTd26,

    /// <summary>LoadLab's own: a schedule.csv.gz, a calls.csv, or arrival_s with any of width, height, frames, steps, tier, tenant, model, prompt.</summary>
    LoadLab,
}

/// <summary>A trace as read: its arrivals in order of time, and what was wrong with it.</summary>
public sealed record Trace
{
    public required string File { get; init; }

    public required TraceFormat Format { get; init; }

    /// <summary>In order of arrival; equal times stand in file order.</summary>
    public required IReadOnlyList<TraceRow> Rows { get; init; }

    /// <summary>The wall-clock time of zero, when the file has one; UTC where the file names no zone.</summary>
    public DateTimeOffset? Zero { get; init; }

    /// <summary>Rows left out because they could not be read.</summary>
    public int Malformed { get; init; }

    /// <summary>The first malformed rows, with line and reason.</summary>
    public IReadOnlyList<Problem> MalformedExamples { get; init; } = [];

    /// <summary>Rows that stood after a later one; they were sorted in.</summary>
    public int OutOfOrder { get; init; }

    /// <summary>Whether the format says something of each job.</summary>
    public bool HasJobs => Rows.Any(row => row.Job is not null);

    /// <summary>The format's word in scenario files and on the command line.</summary>
    public static string WordOf(TraceFormat format) => format switch
    {
        TraceFormat.AzureLlm => "azure-llm",
        TraceFormat.GenTd26 => "gentd26",
        _ => "loadlab",
    };
}
