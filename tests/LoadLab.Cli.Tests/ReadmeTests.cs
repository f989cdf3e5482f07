using System.Text.RegularExpressions;

namespace LoadLab.Cli.Tests;

/// <summary>What README.md promises is what the program does.</summary>
public sealed partial class ReadmeTests(Workspace workspace)
{
    private static readonly string s_text = File.ReadAllText(Repository.At("README.md"));

    [Fact]
    public async Task Every_verb_of_the_program_has_a_row_and_every_row_a_verb()
    {
        var help = (await LoadLabProcess.RunAsync(workspace, "--help")).Exits(0).Stdout;
        var verbs = VerbInHelp().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).ToList();
        var rows = VerbInTable().Matches(s_text).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).ToList();
        Assert.Contains("demo", verbs);
        Assert.Equal(verbs, rows);
    }

    [Fact]
    public void Two_commands_stand_in_a_block_of_their_own()
    {
        var block = ShellBlock().Matches(s_text)[0].Groups[1].Value;
        Assert.Equal(["./loadlab demo", "dotnet test"], Lines(block));
        Assert.True(File.Exists(Repository.At("loadlab")));
        Assert.True(File.Exists(Repository.At("loadlab.cmd")));
    }

    [Fact]
    public void Relative_links_lead_somewhere()
    {
        var links = Link().Matches(s_text).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(Repository.At(link.Split('#')[0])), $"README.md links to {link}"));
    }

    public static TheoryData<string> SampleLines =>
        [.. ShellBlock().Matches(s_text).SelectMany(match => Lines(match.Groups[1].Value)).Where(line => line.StartsWith("./loadlab ", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(SampleLines))]
    public async Task Sample_line_is_understood_and_names_files_that_exist(string line)
    {
        var arguments = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.All(arguments.Where(word => word.StartsWith("Scenarios/", StringComparison.Ordinal)), file => Assert.True(File.Exists(Repository.At(file)), file));
        var verb = arguments.TakeWhile(word => word.All(char.IsAsciiLetter)).ToArray();
        var help = (await LoadLabProcess.RunAsync(workspace, [.. verb, "--help"])).Exits(0).Stdout;
        Assert.Contains($"loadlab {string.Join(' ', verb)}", help);
        Assert.All(arguments.Where(word => word.StartsWith('-')), option => Assert.Contains(option, help));
    }

    private static IEnumerable<string> Lines(string block) =>
        block.Split('\n').Select(line => line.Split(" #")[0].Trim()).Where(line => line.Length > 0);

    [GeneratedRegex("^  ([a-z]+)[ <]", RegexOptions.Multiline)]
    private static partial Regex VerbInHelp();

    [GeneratedRegex(@"^\| `\./loadlab ([a-z]+)", RegexOptions.Multiline)]
    private static partial Regex VerbInTable();

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Link();
}
