using System.Globalization;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>What a placeholder of a protocol file can stand for.</summary>
internal enum CallField
{
    Prompt,
    Model,
    Size,
    Width,
    Height,
    Frames,
    Fps,
    Seconds,
    Steps,
    Guidance,
    Quality,
    Seed,
    User,
    Tier,
    DeadlineMs,
    Call,
    Id,
}

internal static class CallFields
{
    /// <summary>The words of files.</summary>
    public static readonly IReadOnlyDictionary<string, CallField> ByName = new Dictionary<string, CallField>(StringComparer.Ordinal)
    {
        ["prompt"] = CallField.Prompt,
        ["model"] = CallField.Model,
        ["size"] = CallField.Size,
        ["width"] = CallField.Width,
        ["height"] = CallField.Height,
        ["frames"] = CallField.Frames,
        ["fps"] = CallField.Fps,
        ["seconds"] = CallField.Seconds,
        ["steps"] = CallField.Steps,
        ["guidance"] = CallField.Guidance,
        ["quality"] = CallField.Quality,
        ["seed"] = CallField.Seed,
        ["user"] = CallField.User,
        ["tier"] = CallField.Tier,
        ["deadline_ms"] = CallField.DeadlineMs,
        ["call"] = CallField.Call,
        ["id"] = CallField.Id,
    };

    public static bool IsNumber(CallField field) => field is not (CallField.Prompt or CallField.Model or CallField.Size or CallField.Quality or CallField.User or CallField.Tier or CallField.Id);
}

/// <summary>What one call fills the placeholders with.</summary>
/// <param name="Fps">Frames per second of the protocol; null = the service's own. Seconds of a clip follow from it.</param>
/// <param name="Id">The service's name of the job; empty until it gave one.</param>
internal readonly record struct CallValues(ScheduledCall Call, string Prompt, string DefaultModel, double? Fps, string Id = "")
{
    private double? Seconds => Call.Frames > 0 && Fps is { } fps ? Call.Frames / fps : null;

    /// <summary>Whether the schedule leaves the field open.</summary>
    public bool IsOpen(CallField field) => field switch
    {
        CallField.Prompt or CallField.Seed or CallField.Call => false,
        CallField.Model => Call.Model.Length == 0 && DefaultModel.Length == 0,
        CallField.Size => Call.Width <= 0 || Call.Height <= 0,
        CallField.Width => Call.Width <= 0,
        CallField.Height => Call.Height <= 0,
        CallField.Frames => Call.Frames <= 0,
        CallField.Fps => Fps is null,
        CallField.Seconds => Seconds is null,
        CallField.Steps => Call.Steps <= 0,
        CallField.Guidance => Call.Guidance is null,
        CallField.Quality => Call.Quality.Length == 0,
        CallField.User => Call.Tenant.Length == 0,
        CallField.Tier => Call.Tier.Length == 0,
        CallField.DeadlineMs => Call.Deadline is null,
        _ => Id.Length == 0,
    };

    /// <summary>The value as text in invariant form; only for a field that is not open.</summary>
    public string Text(CallField field, NumberForm form) => field switch
    {
        CallField.Prompt => Prompt,
        CallField.Model => Call.Model.Length > 0 ? Call.Model : DefaultModel,
        CallField.Size => string.Create(CultureInfo.InvariantCulture, $"{Call.Width}x{Call.Height}"),
        CallField.Quality => Call.Quality,
        CallField.User => Call.Tenant,
        CallField.Tier => Call.Tier,
        CallField.Id => Id,

        // Services take seeds from 0 on; some only 32 bits of them.
        CallField.Seed => (Call.CallSeed & (form == NumberForm.U32 ? uint.MaxValue : long.MaxValue)).ToString(CultureInfo.InvariantCulture),
        _ => Number(field) is var number && form == NumberForm.Plain
            ? number.ToString("R", CultureInfo.InvariantCulture)
            : Math.Max(1, Math.Round(number)).ToString("F0", CultureInfo.InvariantCulture),
    };

    private double Number(CallField field) => field switch
    {
        CallField.Width => Call.Width,
        CallField.Height => Call.Height,
        CallField.Frames => Call.Frames,
        CallField.Fps => Fps!.Value,
        CallField.Seconds => Seconds!.Value,
        CallField.Steps => Call.Steps,
        CallField.Guidance => Call.Guidance!.Value,
        CallField.DeadlineMs => Call.Deadline!.Value.Milliseconds,
        _ => Call.Index,
    };
}

/// <summary>How a number is written.</summary>
internal enum NumberForm
{
    Plain,

    /// <summary>Rounded to a whole number, at least 1.</summary>
    Whole,

    /// <summary>The low 32 bits, for services that take no larger seed.</summary>
    U32,
}
