using System.Text.RegularExpressions;
using LoadLab.Workload;

namespace LoadLab.Cli.Tests;

/// <summary>docs/traces.md: its commands run, its table has every format.</summary>
public sealed partial class TracesPageTests(Workspace workspace)
{
    private static readonly string s_text = File.ReadAllText(Repository.At("docs", "traces.md"));

    [Fact]
    public void Every_format_has_a_row_and_every_row_a_format()
    {
        var table = s_text[s_text.IndexOf("## Formats", StringComparison.Ordinal)..s_text.IndexOf("## What is kept", StringComparison.Ordinal)];
        var rows = FirstCell().Matches(table).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
        Assert.Equal(TraceReader.Formats.Select(format => format.Word).Append("columns").Order(StringComparer.Ordinal), rows);
    }

    /// <summary>In the order of the page, in one folder: later lines read what earlier ones wrote.</summary>
    [Fact]
    public async Task Commands_of_the_page_run()
    {
        var folder = Directory.CreateDirectory(workspace.NewPath("traces-page")).FullName;
        var lines = ShellBlock().Matches(s_text).SelectMany(match => match.Groups[1].Value.Split('\n')).Where(line => line.StartsWith("./loadlab ", StringComparison.Ordinal)).ToList();
        Assert.True(lines.Count > 10);
        var said = new List<string>();
        foreach (var line in lines)
        {
            await using var process = LoadLabProcess.StartIn(folder, workspace, Arguments(line));
            said.Add((await process.EndAsync()).Exits(0).Stdout);
        }

        Assert.Contains("mooncake counts in milliseconds", said[1]);
        Assert.Contains("our own sample", said[3]);
        Assert.Contains("arrivals synthetic", said[5]);
        Assert.Matches("format +aiperf", said[^1]);
        Assert.Equal(File.ReadLines(Path.Combine(folder, "evening.jsonl")).Count(), File.ReadLines(Path.Combine(folder, "evening.tsv")).Count());
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    [Fact]
    public async Task Import_and_schedule_print_one_document()
    {
        var own = workspace.NewPath("own") + ".csv";
        var import = (await LoadLabProcess.RunAsync(workspace, "trace", "import", Sample("servegen", "chunk.csv"), "-o", own, "--json")).Document();
        Assert.Equal((30, true, 1), (import.GetProperty("trace").GetProperty("rows").GetInt32(), import.GetProperty("trace").GetProperty("synthetic").GetBoolean(), import.GetProperty("trace").GetProperty("gaps").GetArrayLength()));
        Assert.True(File.Exists(import.GetProperty("origin").GetString()));

        var script = workspace.NewPath("script") + ".tsv";
        var schedule = (await LoadLabProcess.RunAsync(workspace, "schedule", workspace.PicoScenario("s", 1, "2s"), "--as", "h2load", "-o", script, "--json")).Document();
        Assert.Equal(File.ReadLines(script).Count(), schedule.GetProperty("calls").GetInt32());
        Assert.Equal(64, schedule.GetProperty("schedule_sha256").GetString()!.Length);
    }

    [Fact]
    public async Task Import_that_is_refused_leaves_what_was_there()
    {
        var own = workspace.Write("own.csv", "arrival_s\n1\n");
        (await LoadLabProcess.RunAsync(workspace, "trace", "import", Sample("requests", "sample.txt"), "-o", own)).Exits(2);
        Assert.Equal("arrival_s\n1\n", File.ReadAllText(own));
        Assert.Equal([own], Directory.GetFiles(Path.GetDirectoryName(own)!));
    }

    private static string Sample(params string[] path) => Repository.At(["tests", "golden", "traces", .. path]);

    private static string[] Arguments(string line) =>
        [.. Word().Matches(line.Split(" #")[0]).Skip(1).Select(match => match.Value.Trim('"')).Select(word => word.StartsWith("tests/", StringComparison.Ordinal) || word.StartsWith("Scenarios/", StringComparison.Ordinal) ? Repository.At(word.Split('/')) : word)];

    [GeneratedRegex(@"^\| `([a-z0-9-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex FirstCell();

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Word();
}
