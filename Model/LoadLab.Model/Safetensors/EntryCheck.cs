namespace LoadLab.Model.Safetensors;

/// <summary>Turns written entries into believed ones: dtype, shape, range, and a layout without overlap or hole.</summary>
internal static class EntryCheck
{
    public static SafetensorsEntry ToEntry(RawEntry raw, long dataLength, string file)
    {
        if (!SafetensorsTypes.TryParse(raw.Type, out var type))
        {
            throw Refuse(file, raw, $"dtype '{raw.Type}' is unknown; known are {SafetensorsTypes.Known}");
        }

        var bytes = BytesOf(raw, SafetensorsTypes.Size(type), file);
        if (raw.Offsets.Count != 2)
        {
            throw Refuse(file, raw, $"data_offsets has {raw.Offsets.Count} numbers; it must be [begin, end]");
        }

        var (begin, end) = (raw.Offsets[0], raw.Offsets[1]);
        if (begin > end || end > dataLength)
        {
            throw Refuse(file, raw, $"data_offsets [{begin}, {end}] do not lie in the file's {dataLength} bytes of data; it may be cut");
        }

        if (end - begin != bytes)
        {
            throw Refuse(file, raw, $"data_offsets [{begin}, {end}] hold {end - begin} bytes, but shape [{string.Join(", ", raw.Shape)}] of {raw.Type} needs {bytes}");
        }

        return new SafetensorsEntry(raw.Name, type, [.. raw.Shape.Select(extent => (int)extent)], begin, end);
    }

    public static void CheckLayout(IEnumerable<SafetensorsEntry> entries, long dataLength, string file)
    {
        var covered = 0L;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != covered)
            {
                var what = entry.Begin < covered ? "overlaps the tensor before it" : "leaves a hole before it";
                throw new SafetensorsException(SafetensorsCheck.Layout, file, entry.Name, $"data_offsets [{entry.Begin}, {entry.End}]: it {what}, which ends at {covered}");
            }

            covered = entry.End;
        }

        if (covered != dataLength)
        {
            throw new SafetensorsException(SafetensorsCheck.Layout, file, null, $"the tensors cover {covered} bytes, but {dataLength} bytes of data follow the header");
        }
    }

    private static long BytesOf(RawEntry raw, int elementBytes, string file)
    {
        try
        {
            return raw.Shape.Aggregate((long)elementBytes, (product, extent) => checked(product * checked((int)extent)));
        }
        catch (OverflowException)
        {
            throw Refuse(file, raw, $"shape [{string.Join(", ", raw.Shape)}] is larger than any file");
        }
    }

    private static SafetensorsException Refuse(string file, RawEntry raw, string problem) => new(SafetensorsCheck.Entry, file, raw.Name, problem);
}
