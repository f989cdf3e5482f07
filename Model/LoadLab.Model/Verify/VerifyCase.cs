namespace LoadLab.Model.Verify;

/// <summary>How one golden file compared: the largest errors over all its compared tensors, and the first thing that failed, if any.</summary>
public sealed record VerifyCase(string Name, string File, int TensorsCompared, double MaxAbs, double RelativeL2, string? FirstFailure)
{
    public bool Passed => FirstFailure is null;
}
