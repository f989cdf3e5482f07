namespace LoadLab.Model.Probe;

/// <summary>This process's memory at a moment of the steady state.</summary>
internal readonly record struct MemorySample(double AtSeconds, long ResidentBytes);
