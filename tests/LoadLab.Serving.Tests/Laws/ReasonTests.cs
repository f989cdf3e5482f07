using System.Text.RegularExpressions;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>Reasons are a closed set of codes: tests/golden/serving/reasons.txt, which LOADLAB_UPDATE_GOLDEN=1 rewrites. docs/serving/reasons.md says what each means.</summary>
public partial class ReasonTests
{
    private const int Stories = 600;
    private static readonly string s_golden = Checkout.At("tests", "golden", "serving", "reasons.txt");

    [Fact]
    public void Random_stories_give_the_reasons_of_the_list()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        for (var number = 0; number < Stories; number++)
        {
            // Half of all rules in each story, every rule in half of the stories.
            using var host = new StoryHost(new StoryPlan(number, (Rules)(number * 2654435761L) & Rules.All, 40));
            host.Play();
            found.UnionWith(host.Reasons);
        }

        Assert.All(found, reason => Assert.Matches(Code(), reason));
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(s_golden)!);
            File.WriteAllLines(s_golden, found);
        }

        Assert.Equal(File.ReadAllLines(s_golden), found);
    }

    [Fact]
    public void Every_reason_has_a_row_in_the_page()
    {
        var page = File.ReadAllLines(Checkout.At("docs", "serving", "reasons.md"));
        Assert.All(File.ReadAllLines(s_golden), reason => Assert.Contains(page, line => line.StartsWith($"| `{reason}` |", StringComparison.Ordinal)));
    }

    [GeneratedRegex("^[a-z0-9-]+$")]
    private static partial Regex Code();
}
