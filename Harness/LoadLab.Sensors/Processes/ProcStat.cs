namespace LoadLab.Sensors;

/// <summary>Fields of /proc/PID/stat (proc_pid_stat(5)).</summary>
internal readonly record struct ProcStat(long Ticks, int Threads, long ResidentPages)
{
    /// <summary>
    /// Null when the text does not have the expected form. The name (field 2) stands in brackets and may hold blanks and brackets itself: fields count from
    /// the last closing bracket. A zombie still has the file: its state Z or X counts as gone.
    /// </summary>
    public static ProcStat? Parse(ReadOnlySpan<byte> text)
    {
        var bracket = text.LastIndexOf((byte)')');
        if (bracket < 0)
        {
            return null;
        }

        var rest = text[(bracket + 1)..].TrimEnd((byte)'\n');
        if (ProcText.Word(ref rest) is [(byte)'Z' or (byte)'X' or (byte)'x'] or [])
        {
            return null;
        }

        long? user = null, system = null, threads = null, resident = null;
        for (var field = 4; field <= 24; field++)
        {
            var number = ProcText.Number(ref rest);
            _ = field switch
            {
                14 => user = number,
                15 => system = number,
                20 => threads = number,
                24 => resident = number,
                _ => null,
            };
        }

        return user + system is { } ticks && threads is >= 0 and <= int.MaxValue && resident is { } pages ? new ProcStat(ticks, (int)threads.Value, pages) : null;
    }
}
