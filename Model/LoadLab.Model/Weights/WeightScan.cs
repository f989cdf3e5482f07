using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Weights;

/// <summary>Reads every tensor of every file of a folder, a piece at a time, and reports all that is wrong, for <c>doctor --weights DIR</c>.</summary>
public static class WeightScan
{
    private const int PieceValues = 1 << 20;

    /// <summary>One line per refused file, per tensor that is not where an index says, and per tensor that cannot be read or holds NaN or infinity; empty when all is well.</summary>
    public static WeightScanResult ScanFinite(string path)
    {
        var problems = new List<string>();
        var sets = FileSet.Find(path, problems);
        problems.AddRange(FileSet.Pickles(path));
        if (sets.Count == 0 && problems.Count == 0)
        {
            problems.Add($"{path}: no *.safetensors file in it");
        }

        var tensors = sets.Sum(set => ScanSet(set, problems));
        return new WeightScanResult(sets.Sum(set => set.Files.Count), tensors, problems);
    }

    private static int ScanSet(FileSet set, List<string> problems)
    {
        using var store = WeightStore.TryOpen(set, problems);
        foreach (var file in store?.Files ?? [])
        {
            foreach (var entry in file.Entries.Values.OrderBy(entry => entry.Begin))
            {
                ScanTensor(file, entry, problems);
            }
        }

        return store?.Files.Sum(file => file.Entries.Count) ?? 0;
    }

    private static void ScanTensor(SafetensorsFile file, SafetensorsEntry entry, List<string> problems)
    {
        var values = new float[Math.Min(entry.Count, PieceValues)];
        try
        {
            for (var first = 0L; first < entry.Count; first += PieceValues)
            {
                file.ReadFinite(entry, first, values.AsSpan(0, (int)Math.Min(PieceValues, entry.Count - first)));
            }
        }
        catch (SafetensorsException e)
        {
            problems.Add(e.Message);
        }
    }
}

/// <summary>What a scan saw.</summary>
public sealed record WeightScanResult(int Files, int Tensors, IReadOnlyList<string> Problems);
