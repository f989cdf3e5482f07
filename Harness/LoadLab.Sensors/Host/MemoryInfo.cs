namespace LoadLab.Sensors;

/// <summary>Bytes of /proc/meminfo. Available, not free: the page cache gives way to whoever needs memory.</summary>
internal readonly record struct MemoryInfo(long Total, long Available)
{
    public long Used => Total - Available;

    /// <summary>Null when one of the two lines is missing or the numbers contradict each other.</summary>
    public static MemoryInfo? Parse(ReadOnlySpan<byte> text) =>
        ProcText.Value(text, "MemTotal:"u8) is { } total && ProcText.Value(text, "MemAvailable:"u8) is { } available && available <= total && total < long.MaxValue / 1024
            ? new MemoryInfo(total * 1024, available * 1024)
            : null;
}
