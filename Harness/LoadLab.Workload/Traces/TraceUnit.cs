namespace LoadLab.Workload;

/// <summary>What the time column of a trace counts in.</summary>
public enum TraceUnit
{
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    Minutes,

    /// <summary>A wall-clock time: 2023-11-16 18:15:46.6805900, UTC where no zone is named.</summary>
    Timestamp,
}

/// <summary>The words of units, and what each is worth.</summary>
public static class TraceUnits
{
    /// <summary>Shortest first; a wall-clock time last.</summary>
    public static IReadOnlyList<(string Word, TraceUnit Unit)> All { get; } =
    [
        ("ns", TraceUnit.Nanoseconds), ("us", TraceUnit.Microseconds), ("ms", TraceUnit.Milliseconds), ("s", TraceUnit.Seconds), ("min", TraceUnit.Minutes), ("timestamp", TraceUnit.Timestamp),
    ];

    public static string WordOf(TraceUnit unit) => All[(int)unit].Word;

    /// <summary>Null for a word that names no unit.</summary>
    public static TraceUnit? Of(string word) => All.Where(entry => entry.Word == word).Select(entry => (TraceUnit?)entry.Unit).FirstOrDefault();

    /// <summary>1 for a wall-clock time, which is read to the nanosecond.</summary>
    internal static long Nanoseconds(TraceUnit unit) => unit switch
    {
        TraceUnit.Microseconds => 1_000,
        TraceUnit.Milliseconds => 1_000_000,
        TraceUnit.Seconds => 1_000_000_000,
        TraceUnit.Minutes => 60_000_000_000,
        _ => 1,
    };
}
