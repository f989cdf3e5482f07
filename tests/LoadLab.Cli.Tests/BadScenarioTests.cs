using System.Text.RegularExpressions;

namespace LoadLab.Cli.Tests;

public sealed partial class BadScenarioTests(Workspace workspace)
{
    [Theory]
    [InlineData("run")]
    [InlineData("simulate")]
    [InlineData("ab")]
    public async Task Scenario_with_mistakes_in_every_section_is_refused_with_all_of_them(string verb)
    {
        var root = workspace.NewPath("runs");
        string[] more = verb switch { "ab" => ["--a", "fixed:1", "--b", "fixed:2"], _ => ["--out", root] };
        await using var process = LoadLabProcess.StartIn(Repository.Golden, workspace, [verb, "mistakes.yaml", .. more]);
        var ended = (await process.EndAsync()).Exits(2);

        Assert.Empty(ended.Stdout);
        Assert.False(Directory.Exists(root));
        Assert.True(ended.ErrorLines.Count >= 10);
        Assert.All(ended.ErrorLines, line => Assert.Matches(ProblemLine(), line));
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Golden, "mistakes.txt")), ended.Stderr);
    }

    [Fact]
    public void Golden_names_the_line_on_which_each_field_stands()
    {
        var source = File.ReadAllLines(Path.Combine(Repository.Golden, "mistakes.yaml"));
        foreach (var line in File.ReadLines(Path.Combine(Repository.Golden, "mistakes.txt")))
        {
            var match = ProblemLine().Match(line);
            var text = source[int.Parse(match.Groups["line"].Value) - 1];
            Assert.Contains(match.Groups["field"].Value.Split('.')[^1] + ":", text);
            Assert.Contains(match.Groups["value"].Value, text);
        }
    }

    [GeneratedRegex("""^mistakes\.yaml:(?<line>[0-9]+): (?<field>[A-Za-z0-9\[\].]+)( = "(?<value>[^"]*)")? (is|are|has|names) .+; .+$""")]
    private static partial Regex ProblemLine();
}
