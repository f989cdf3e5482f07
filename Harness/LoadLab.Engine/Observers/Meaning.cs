namespace LoadLab.Engine.Observers;

/// <summary>What an observed value may mean: its name and unit in samples.csv, the units it may come in and the largest value that makes sense.</summary>
internal sealed record Meaning(string Name, string Unit, double Largest, params (string Word, double Factor)[] Units)
{
    public const string Custom = "custom.";

    /// <summary>A rate drawn out to the edges of its window may pass 100 % a little; a sum over GPUs passes it by more and is a mistake.</summary>
    private const double MostPercent = 110;

    public static IReadOnlyList<Meaning> All { get; } =
    [
        new("gpu.util", "%", MostPercent, ("%", 1), ("share", 100)),
        new("gpu.mem", "bytes", 1e15, ("bytes", 1), ("B", 1), ("KiB", 1024), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9)),
        new("gpu.power", "W", 1e7, ("W", 1), ("mW", 1e-3), ("kW", 1e3)),
        new("queue", "jobs", 1e12, ("jobs", 1)),
        new("replicas", "replicas", 10_000, ("replicas", 1)),
    ];

    public static Meaning? Find(string name) => All.FirstOrDefault(meaning => meaning.Name == name);
}
