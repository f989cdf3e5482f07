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
    public async Task Full_model_without_weights_is_refused_with_both_ways_to_give_them()
    {
        var path = workspace.NewPath("full.yaml");
        await File.WriteAllTextAsync(path, """
            name: full
            workload: { duration: 1s, arrivals: [ { constant: { rate: 1/s } } ], jobs: [ { size: 832x480, frames: 81, steps: 20 } ] }
            target: { kind: local, model: wan2.2-ti2v-5b }
            """);
        var ended = (await LoadLabProcess.RunAsync(workspace, "run", path)).Exits(2);
        var line = Assert.Single(ended.ErrorLines);
        Assert.Contains("""target.model = "wan2.2-ti2v-5b" has no weights of its own; add weights: FOLDER of its checkpoint, or weights: drawn""", line);
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
