using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Weights;

/// <summary>Reads every tensor of every file of a folder and reports all that is wrong, for <c>doctor --weights DIR</c>.</summary>
public static class WeightScan
{
    private const int MaxCount = int.MaxValue / 2;

    /// <summary>One line per refused file and per tensor that cannot be read or holds NaN or infinity; empty when all is well.</summary>
    public static WeightScanResult ScanFinite(string path)
    {
        IReadOnlyList<string> files;
        try
        {
            files = WeightStore.Files(path);
        }
        catch (WeightsException e)
        {
            return new WeightScanResult(0, 0, e.Problems);
        }

        var problems = new List<string>();
        var tensors = files.Sum(file => ScanFile(file, problems));
        return new WeightScanResult(files.Count, tensors, problems);
    }

    private static int ScanFile(string path, List<string> problems)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            var scratch = Array.Empty<float>();
            foreach (var entry in file.Entries.Values.OrderBy(e => e.Begin))
            {
                ScanTensor(file, entry, problems, ref scratch);
            }

            return file.Entries.Count;
        }
        catch (SafetensorsException e)
        {
            problems.Add(e.Message);
            return 0;
        }
    }

    private static void ScanTensor(SafetensorsFile file, SafetensorsEntry entry, List<string> problems, ref float[] scratch)
    {
        if (entry.Count > MaxCount)
        {
            problems.Add($"{file.Name}: tensor '{entry.Name}': {entry.Count} values; this build reads at most {MaxCount} in one tensor");
            return;
        }

        if (scratch.Length < entry.Count)
        {
            scratch = new float[entry.Count];
        }

        try
        {
            file.ReadFinite(entry, scratch.AsSpan(0, (int)entry.Count));
        }
        catch (SafetensorsException e)
        {
            problems.Add(e.Message);
        }
    }
}

/// <summary>What a scan saw.</summary>
public sealed record WeightScanResult(int Files, int Tensors, IReadOnlyList<string> Problems);
