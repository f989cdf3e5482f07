namespace LoadLab.Model.Residency;

/// <summary>Bytes of a stage at its peak: weights that are on the device then, and what is live beside them.</summary>
public readonly record struct StageBytes(long Weights, long Working);
