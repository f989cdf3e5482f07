using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Safety;

/// <summary>When a job's content is checked.</summary>
public enum SafetyPhase
{
    /// <summary>The prompt, before the job is queued.</summary>
    Before,

    /// <summary>The clip, before it is handed out.</summary>
    After,
}

/// <summary>Content safety; the scenario's key <c>serving.safety</c>. The host checks, the core asks, bounds the time and decides.</summary>
public sealed record SafetyOptions
{
    /// <summary>Null = prompts are not checked.</summary>
    public SafetyCheck? Before { get; set; }

    /// <summary>Null = clips are not checked.</summary>
    public SafetyCheck? After { get; set; }

    public SafetyCheck? Of(SafetyPhase phase) => phase == SafetyPhase.Before ? Before : After;

    /// <summary>Binds <c>safety</c> of a serving section. Problems are added to the section's list.</summary>
    public static SafetyOptions Bind(Section serving)
    {
        if (serving.Child("safety") is not { } section)
        {
            return new SafetyOptions();
        }

        if (section.Node is MappingNode { Entries.Count: 0 })
        {
            section.Missing("before", "{ limit: 1s }, or after: { limit: 1s }, or both");
        }

        var options = new SafetyOptions { Before = SafetyCheck.Bind(section, SafetyPhase.Before), After = SafetyCheck.Bind(section, SafetyPhase.After) };
        section.Close();
        return options;
    }
}

/// <summary>One check.</summary>
public sealed record SafetyCheck
{
    private const int MaxWords = 10_000;
    private const int MaxWordLength = 100;

    // All words stand in the journal's first line, six bytes a character at worst; a journal's line may have 1 MiB.
    private const int MaxCharacters = 1 << 17;

    /// <summary>Time that the check is given; without an answer by then <see cref="TimeoutAllows"/> decides.</summary>
    /// <value>1 s.</value>
    public Duration Limit { get; set; } = Duration.FromSeconds(1);

    /// <summary>Whether content whose check did not answer in time passes.</summary>
    /// <value>false.</value>
    public bool TimeoutAllows { get; set; }

    /// <summary>Time that an emulated or simulated check takes, and that a real one takes at least.</summary>
    public Duration Takes { get; set; }

    /// <summary>Share refused by an emulated or simulated check, by a hash of (seed, prompt); in [0, 1].</summary>
    public double RefusedShare { get; set; }

    /// <summary>Words that a real prompt check refuses, whole and in any case.</summary>
    public IReadOnlyList<string> Words { get; set; } = [];

    /// <summary>Null when the phase is not checked. A check that takes longer than its limit is let be: it is how a slow one is put under load.</summary>
    internal static SafetyCheck? Bind(Section safety, SafetyPhase phase)
    {
        if (safety.Child(phase == SafetyPhase.Before ? "before" : "after") is not { } section)
        {
            return null;
        }

        var check = new SafetyCheck();
        check.Limit = section.Value("limit", Quantity.Time, time => time.Milliseconds >= 1, "a duration of at least 1ms", "1s") ?? check.Limit;
        check.TimeoutAllows = section.Choice("onTimeout", false, ("refuse", false), ("allow", true));
        check.Takes = section.Time("takes", check.Takes);
        check.RefusedShare = section.Number("refusedShare", 0, 0, 1, "0.01");
        if (phase == SafetyPhase.Before)
        {
            check.Words = BindWords(section);
        }
        else if (section.Find("words") is { } words)
        {
            section.Problems.Add(words, section.PathOf("words"), null, "means nothing: a clip has no words", "write them under before");
        }

        section.Close();
        return check;
    }

    private static List<string> BindWords(Section section)
    {
        var words = new List<string>();
        foreach (var (node, path) in section.Items("words"))
        {
            if (node is not ScalarNode { Text: { Length: > 0 and <= MaxWordLength } word } || word.Any(char.IsWhiteSpace))
            {
                section.Problems.Add(node, path, (node as ScalarNode)?.Text, $"is not one word of at most {MaxWordLength} characters", "write each word by itself");
                continue;
            }

            words.Add(word);
        }

        var characters = words.Sum(word => word.Length);
        if (words.Count > MaxWords || characters > MaxCharacters)
        {
            section.Problems.Add(section.Find("words")!, section.PathOf("words"), null, $"has {words.Count} words of {characters} characters together", $"write at most {MaxWords} words and {MaxCharacters} characters");
        }

        return words;
    }
}
