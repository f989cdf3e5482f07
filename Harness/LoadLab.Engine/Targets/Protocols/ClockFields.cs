using System.Globalization;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>The clocks section of a protocol file: where the service says when things happened.</summary>
internal sealed class ClockFields
{
    private static readonly (string Field, Stage Stage)[] s_stages =
    [
        ("received", Stage.Received), ("queued", Stage.Queued), ("started", Stage.Started), ("text", Stage.Text),
        ("denoise", Stage.Denoise), ("decode", Stage.Decode), ("completed", Stage.Completed),
    ];

    private readonly StampField?[] _fields = new StampField?[s_stages.Length];

    /// <summary>Stages a stamp can be of, in order.</summary>
    public enum Stage
    {
        Received,
        Queued,
        Started,
        Text,
        Denoise,
        Decode,
        Completed,
    }

    public const int Stages = 7;

    /// <summary>A local server keeps the clock of the run itself; of any other service the clock must be learnt.</summary>
    public bool IsShared { get; private init; }

    /// <summary>Whether the Date header of answers may teach the service's clock, to a second.</summary>
    public bool ByDate { get; private init; }

    public bool Any => _fields.Any(stamp => stamp is not null);

    public static ClockFields Bind(Section protocol)
    {
        if (protocol.Child("clocks") is not { } section)
        {
            return new ClockFields();
        }

        var unit = StampField.UnitOf(section, StampUnit.Nanoseconds);
        var clocks = new ClockFields { IsShared = section.Flag("shared", false), ByDate = section.Flag("date", false) };
        foreach (var (field, stage) in s_stages)
        {
            clocks._fields[(int)stage] = StampField.Bind(section, field, unit);
        }

        section.Close();
        return clocks;
    }

    /// <summary>Null when the answer has none.</summary>
    public Stamp? Of(Stage stage, JsonElement answer, string id) => _fields[(int)stage]?.Read(answer, id);
}

internal enum StampUnit
{
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    Iso8601,
}

/// <summary>An instant on a service's clock: it lies in [Nanoseconds, Nanoseconds + Resolution).</summary>
internal readonly record struct Stamp(long Nanoseconds, long Resolution);

/// <summary>Where one stamp stands, in which unit, and how coarse it is.</summary>
internal sealed record StampField(FieldPath At, StampUnit Unit, Duration Resolution)
{
    public static StampUnit UnitOf(Section section, StampUnit fallback) => section.Choice(
        "unit", fallback, ("ns", StampUnit.Nanoseconds), ("us", StampUnit.Microseconds), ("ms", StampUnit.Milliseconds), ("s", StampUnit.Seconds), ("iso-8601", StampUnit.Iso8601));

    /// <summary>Null when absent. A path alone has the unit of the section; its resolution is one unit, a second for iso-8601, none for nanoseconds.</summary>
    public static StampField? Bind(Section clocks, string field, StampUnit unit)
    {
        if (clocks.Find(field) is not MappingNode)
        {
            return FieldPath.Bind(clocks, field) is { } path ? new StampField(path, unit, Default(unit)) : null;
        }

        var section = clocks.Child(field)!;
        var own = UnitOf(section, unit);
        var at = FieldPath.Bind(section, "at");
        if (!section.Has("at"))
        {
            section.Missing("at", "the path of the stamp");
        }

        var resolution = section.Value("resolution", Quantity.Time, time => time.Seconds <= 3600, "a duration up to an hour", "1s") ?? Default(own);
        section.Close();
        return at is null ? null : new StampField(at, own, resolution);
    }

    public Stamp? Read(JsonElement answer, string id) => At.Word(answer, id) is { Length: <= 64 } word && Nanoseconds(word) is { } time ? new Stamp(time, Resolution.Nanoseconds) : null;

    private long? Nanoseconds(string word)
    {
        if (Unit == StampUnit.Iso8601)
        {
            return DateTimeOffset.TryParse(word, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? OfDate(time) : null;
        }

        var scale = Unit switch
        {
            StampUnit.Seconds => 1e9m,
            StampUnit.Milliseconds => 1e6m,
            StampUnit.Microseconds => 1e3m,
            _ => 1m,
        };

        // Bounded, so that adding an offset cannot leave the range.
        return decimal.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) <= 4e18m / scale ? (long)(number * scale) : null;
    }

    public static long? OfDate(DateTimeOffset time) => time.Year is > 1970 and < 2090 ? (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100 : null;

    private static Duration Default(StampUnit unit) => new(unit switch
    {
        StampUnit.Nanoseconds => 0,
        StampUnit.Microseconds => 1_000,
        StampUnit.Milliseconds => 1_000_000,
        _ => 1_000_000_000,
    });
}
