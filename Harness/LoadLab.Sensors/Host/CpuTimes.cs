namespace LoadLab.Sensors;

/// <summary>
/// Ticks of one line of /proc/stat (man 5 proc_stat). Guest time is part of user time already; stolen time is neither ours nor idle, so it is kept apart.
/// </summary>
internal readonly record struct CpuTimes(long Busy, long Stolen, long Total)
{
    /// <summary>The numbers behind "cpu" or "cpuN": user, nice, system, idle, iowait, irq, softirq, steal. Null when the first four are not all there.</summary>
    public static CpuTimes? Parse(ReadOnlySpan<byte> numbers)
    {
        Span<long> fields = stackalloc long[8];
        for (var i = 0; i < fields.Length; i++)
        {
            var number = ProcText.Number(ref numbers);
            if (number is null && i < 4)
            {
                return null;
            }

            // Bounded so that eight of them still fit into a long.
            fields[i] = Math.Min(number ?? 0, long.MaxValue / 16);
        }

        var busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6];
        return new CpuTimes(busy, fields[7], busy + fields[3] + fields[4] + fields[7]);
    }

    /// <summary>The processor of a line that starts with "cpu": -1 for all together; null for another line.</summary>
    public static int? Processor(ReadOnlySpan<byte> word)
    {
        if (!word.StartsWith("cpu"u8))
        {
            return null;
        }

        word = word[3..];
        return word.IsEmpty ? -1 : ProcText.Number(ref word) is { } number and < 4096 ? (int)number : null;
    }
}
