using LoadLab.Model.Safetensors;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Verify;

/// <summary>
/// Compares this build with golden vectors of the reference: safetensors files whose metadata name the case and its configuration, with tensors
/// weights/*, inputs/*, mid/* and outputs/*. The kind of a case is its name before the first '-'. A file that is damaged or hostile is a failed case.
/// </summary>
public static class GoldenVerifier
{
    private static readonly Dictionary<string, Action<GoldenCase>> Checks = new(StringComparer.Ordinal)
    {
        ["dit"] = DitCheck.Run,
        ["umt5"] = UmT5Check.Run,
        ["vae21"] = VaeCheck.Run,
        ["vae22"] = VaeCheck.Run,
        ["vae"] = VaeCheck.Run,
        ["unipc"] = SamplerCheck.RunUniPc,
        ["euler"] = SamplerCheck.RunEuler,
        ["rope"] = RopeCheck.Run,
        ["t5"] = RelativePositionCheck.Run,
        ["torch"] = TorchRandomCheck.Run,
        ["pipeline"] = PipelineCheck.Run,
    };

    /// <summary>Checks one file, or every *.safetensors of a folder in ordinal order. A path without any is one failed case.</summary>
    public static IReadOnlyList<VerifyCase> Verify(string path, Func<ITensorBackend> createBackend)
    {
        var files = Directory.Exists(path)
            ? Directory.GetFiles(path, "*.safetensors").Order(StringComparer.Ordinal).ToArray()
            : [path];
        return files.Length == 0
            ? [Failed(Path.GetFileName(path), path, "no *.safetensors file in this folder")]
            : [.. files.Select(file => VerifyFile(file, createBackend))];
    }

    private static VerifyCase VerifyFile(string path, Func<ITensorBackend> createBackend)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        try
        {
            using var file = SafetensorsFile.Open(path);
            name = GoldenCase.Metadata(file, "case");
            using var backend = createBackend();
            return Check(name, path, file, backend);
        }
        catch (Exception e)
        {
            // The border to files from outside: whatever they provoke is this case's failure, not the program's.
            return Failed(name, path, Describe(e));
        }
    }

    // One line per case: of many problems the first, and how many more.
    private static string Describe(Exception e) => e switch
    {
        WeightsException { Problems.Count: > 1 } weights => $"{weights.Problems[0]} (and {weights.Problems.Count - 1} more)",
        SafetensorsException or WeightsException or FormatException => e.Message,
        _ => $"{e.GetType().Name}: {e.Message}",
    };

    private static VerifyCase Check(string name, string path, SafetensorsFile file, ITensorBackend backend)
    {
        var kind = name.Split('-')[0];
        if (!Checks.TryGetValue(kind, out var check))
        {
            return Failed(name, path, $"kind '{kind}' is unknown; known are {string.Join(", ", Checks.Keys)}");
        }

        using var golden = new GoldenCase(file, backend);
        check(golden);
        return new VerifyCase(name, path, golden.Compared, golden.MaxAbs, golden.RelativeL2, golden.Conclude());
    }

    private static VerifyCase Failed(string name, string path, string failure) => new(name, path, 0, 0, 0, failure);
}
