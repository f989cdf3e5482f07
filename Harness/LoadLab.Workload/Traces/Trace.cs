using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>The formats that can be imported, plain or gzip.</summary>
public enum TraceFormat
{
    /// <summary>Azure LLM inference traces of 2023 and 2024.</summary>
    AzureLlm,

    /// <summary>GenTD26 image requests.</summary>
    GenTd26,

    /// <summary>LoadLab's own: a schedule.csv.gz, a calls.csv, or arrival_s with any columns of a job.</summary>
    LoadLab,

    /// <summary>Mooncake JSONL, milliseconds.</summary>
    Mooncake,

    /// <summary>AIPerf's mooncake_trace JSONL and fixed schedules, milliseconds.</summary>
    AiPerf,

    /// <summary>Qwen-Bailian JSONL, seconds.</summary>
    Bailian,

    /// <summary>GuideLLM JSONL or CSV, seconds.</summary>
    GuideLlm,

    /// <summary>BurstGPT CSV, seconds.</summary>
    BurstGpt,

    /// <summary>Request(...) lines of the vLLM-Omni and SGLang diffusion benchmarks, seconds.</summary>
    Requests,

    /// <summary>ServeGen rates by client and window; arrivals are drawn.</summary>
    ServeGen,

    /// <summary>vidur's trace replay, seconds.</summary>
    Vidur,

    /// <summary>splitwise-sim, seconds.</summary>
    Splitwise,

    /// <summary>A timing script of h2load, milliseconds.</summary>
    H2Load,

    /// <summary>Any CSV or JSONL by a column map.</summary>
    Columns,
}

/// <summary>A trace as read: its arrivals in order of time, and what was wrong with it.</summary>
public sealed record Trace
{
    public required string File { get; init; }

    public required TraceFormat Format { get; init; }

    /// <summary>What the file's times were taken to count in.</summary>
    public TraceUnit Unit { get; init; } = TraceUnit.Seconds;

    /// <summary>What the format itself says they count in.</summary>
    public TraceUnit OwnUnit { get; init; } = TraceUnit.Seconds;

    /// <summary>In order of arrival; equal times stand in file order. Empty until drawn for a trace of rates.</summary>
    public required IReadOnlyList<TraceRow> Rows { get; init; }

    /// <summary>Set for a trace that holds rates or counts, from which arrivals are drawn.</summary>
    public TraceRates? Rates { get; init; }

    /// <summary>The wall-clock time of zero, when the file has one; UTC where the file names no zone.</summary>
    public DateTimeOffset? Zero { get; init; }

    /// <summary>Rows left out because they could not be read.</summary>
    public int Malformed { get; init; }

    /// <summary>The first malformed rows, with line and reason.</summary>
    public IReadOnlyList<Problem> MalformedExamples { get; init; } = [];

    /// <summary>Rows that stood after a later one; they were sorted in.</summary>
    public int OutOfOrder { get; init; }

    /// <summary>Stretches without data, as opposed to stretches without arrivals, where the file tells them apart.</summary>
    public IReadOnlyList<TraceGap> Gaps { get; init; } = [];

    /// <summary>Whether the arrivals were drawn from rates or counts.</summary>
    public bool Synthetic { get; init; }

    /// <summary>What was done to the trace since its source, in order.</summary>
    public IReadOnlyList<string> Transformations { get; init; } = [];

    /// <summary>What the import that wrote this file left beside it.</summary>
    public TraceOrigin? Origin { get; init; }

    /// <summary>Whether the format says something of each job.</summary>
    public bool HasJobs => Rates is { HasClients: true } || Rows.Any(row => row.Job is not null);

    /// <summary>End of the trace: of its last window, or the first whole second past its last arrival.</summary>
    public Duration End => Rates?.End ?? (Rows.Count > 0 ? Duration.FromSeconds(Math.Floor(Rows[^1].ArrivalNs / 1e9) + 1) : Duration.Zero);

    /// <summary>Bounds of a believable rate.</summary>
    internal RateRange Plausible { get; init; } = RateRange.Any;

    /// <summary>The arrivals of a part of the trace, counted from its start. Those of a trace of rates are drawn; of others each is kept by its own draw.</summary>
    /// <param name="window">From the first instant to the end, which is not included; null for the whole trace, which keeps its zero.</param>
    /// <param name="rateScale">Share of the arrivals to keep, at most 1.</param>
    /// <param name="seed">Of the draws.</param>
    /// <exception cref="InputException">The part holds no arrival, or too many to draw.</exception>
    public Trace Cut((Duration From, Duration To)? window, double rateScale, Seed seed)
    {
        if (window is null && rateScale >= 1 && Rates is null)
        {
            return this;
        }

        var (from, to) = window ?? (Duration.Zero, End);
        var replay = new TraceReplay { Trace = this, From = from, To = to, RateScale = rateScale };
        var rows = replay.Kept(seed.Stream("thinning")).Select(row => row with { ArrivalNs = row.ArrivalNs - from.Nanoseconds }).ToList();
        if (rows.Count == 0)
        {
            throw new InputException(new Problem(File, 0, "", null, $"holds no arrival from {from} s to {to} s at this rate", $"it goes to {End} s"));
        }

        return this with
        {
            Rows = rows,
            Rates = null,
            Origin = Origin is { } origin && origin.Rows == Rows.Count ? origin with { Rows = rows.Count } : Origin,
            Zero = Zero?.AddTicks(from.Nanoseconds / 100),
            Gaps = [.. Gaps.Select(gap => gap.Within(from, to)).OfType<TraceGap>()],
            Synthetic = Synthetic || Rates is not null,
            Transformations = [.. Transformations, .. Told(window, rateScale, seed)],
        };
    }

    /// <summary>The format's word in scenario files and on the command line.</summary>
    public static string WordOf(TraceFormat format) => format switch
    {
        TraceFormat.AzureLlm => "azure-llm",
        TraceFormat.GenTd26 => "gentd26",
        TraceFormat.Mooncake => "mooncake",
        TraceFormat.AiPerf => "aiperf",
        TraceFormat.Bailian => "bailian",
        TraceFormat.GuideLlm => "guidellm",
        TraceFormat.BurstGpt => "burstgpt",
        TraceFormat.Requests => "requests",
        TraceFormat.ServeGen => "servegen",
        TraceFormat.Vidur => "vidur",
        TraceFormat.Splitwise => "splitwise",
        TraceFormat.H2Load => "h2load",
        TraceFormat.Columns => "columns",
        _ => "loadlab",
    };

    private IEnumerable<string> Told((Duration From, Duration To)? window, double rateScale, Seed seed)
    {
        if (Rates is not null)
        {
            yield return FormattableString.Invariant($"arrivals drawn from the rates of each window (synthetic), seed {seed.Value}");
        }

        if (window is { } part)
        {
            yield return FormattableString.Invariant($"cut to {part.From.Seconds:0.#########}..{part.To.Seconds:0.#########} s, times counted from its start");
        }

        if (rateScale < 1)
        {
            yield return Rates is null ? FormattableString.Invariant($"thinned to {rateScale:0.######} of the arrivals, seed {seed.Value}") : FormattableString.Invariant($"every rate multiplied by {rateScale:0.######}");
        }
    }
}
