using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Probe;

/// <summary>What the probe asks for. The first three have equally many pieces for the small models' tokenizer (ten and the end): they differ in content alone.</summary>
internal static class ProbePrompts
{
    public const string Plain = "a red boat far out at sea in calm wind";

    public const string Repeated = "sea sea sea sea sea sea sea sea sea sea";

    public const string Chinese = "红色 小船 远在 海上 天色 平静 微风 吹过 夕阳 西下";

    /// <summary>Twelve times as much text.</summary>
    public static readonly string Long = string.Join(' ', Enumerable.Repeat(Plain, 12));

    /// <summary>Prompts of equal length by name, the one that the others are compared with first.</summary>
    public static readonly IReadOnlyList<(string Name, string Text)> EqualLength = [("plain", Plain), ("one word repeated", Repeated), ("Chinese", Chinese)];

    public static readonly IReadOnlyList<(string Name, string Text)> All = [.. EqualLength, ("twelve times as long", Long)];

    /// <summary>A batch of different prompts.</summary>
    public static IReadOnlyList<VideoJob> Mixed(int batch) => [.. Enumerable.Range(0, batch).Select(job => new VideoJob(All[job % All.Count].Text, (ulong)job))];

    /// <summary>A batch of one prompt.</summary>
    public static IReadOnlyList<VideoJob> Same(string prompt, int batch) => [.. Enumerable.Range(0, batch).Select(job => new VideoJob(prompt, (ulong)job))];
}
