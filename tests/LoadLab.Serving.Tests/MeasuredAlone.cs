namespace LoadLab.Serving.Tests;

/// <summary>Tests that measure the memory of the process: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredAlone
{
    public const string Name = "measured alone";
}
