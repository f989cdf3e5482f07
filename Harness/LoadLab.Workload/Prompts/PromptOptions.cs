using System.Text;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Where prompts come from and how often each is asked.</summary>
public sealed record PromptOptions
{
    /// <summary>Longest prompt, in characters.</summary>
    public const int MaxLength = 4000;

    private const int MaxPrompts = 100_000;
    private readonly int? _distinct;
    private const long MaxBytes = 16L << 20;

    public IReadOnlyList<string> Texts { get; init; } = BuiltInPrompts.All;

    /// <summary>Prompt of rank r (from 1, in file order) is asked in proportion to r^-s; 0 = all alike.</summary>
    public double ZipfExponent { get; init; }

    /// <summary>Share of calls whose prompt nobody else asks, so that no cache can hold it.</summary>
    public double UniqueShare { get; init; }

    /// <summary>How long prompts are; as they stand when null.</summary>
    public PromptLength? Length { get; init; }

    /// <summary>How many different prompts there are besides the unique ones: the texts, and beyond them prompts of neutral words.</summary>
    public int Distinct
    {
        get => _distinct ?? Texts.Count;
        init => _distinct = value;
    }

    internal static PromptOptions Bind(Section workload)
    {
        if (workload.Child("prompts") is not { } prompts)
        {
            return new PromptOptions();
        }

        var options = new PromptOptions
        {
            Texts = prompts.Text("file") is { } file ? ReadFile(prompts, file) : BuiltInPrompts.All,
            ZipfExponent = Popularity.Bind(prompts),
            UniqueShare = prompts.Number("unique", 0, 0, 1, "0.3"),
            Length = PromptLength.Bind(prompts),
        };
        options = prompts.Has("distinct") ? options with { Distinct = prompts.Integer("distinct", options.Texts.Count, 1, MaxPrompts) } : options;
        if (options.Length is null && options.Distinct > options.Texts.Count)
        {
            prompts.Refuse("distinct", $"is more than the {options.Texts.Count} prompts there are", "add length: { median: 40 words }, so that more can be made, or name a longer file");
        }

        prompts.Close();
        return options;
    }

    /// <summary>One prompt a line, blank lines left out; the built-in ones with a problem when the file cannot be used.</summary>
    private static IReadOnlyList<string> ReadFile(Section prompts, string file)
    {
        try
        {
            var path = prompts.Resolve(file);
            var lines = GzipText.Read(path, MaxBytes).Split('\n').Select(line => line.Trim().TrimStart('\uFEFF')).Where(line => line.Length > 0).ToList();
            var tooLong = lines.FindIndex(line => line.Length > MaxLength);
            if (lines.Count is > 0 and <= MaxPrompts && tooLong < 0)
            {
                return lines;
            }

            prompts.Problems.Add(prompts.Find("file")!, prompts.PathOf("file"), file, tooLong < 0 ? $"holds {lines.Count} prompts" : $"holds a prompt of {lines[tooLong].Length} characters", $"1 to {MaxPrompts} prompts, one a line, of at most {MaxLength} characters");
        }
        catch (InputException e)
        {
            prompts.Problems.Add(prompts.Find("file")!, prompts.PathOf("file"), file, "cannot be used", e.Problems[0].ToString());
        }

        return BuiltInPrompts.All;
    }
}
