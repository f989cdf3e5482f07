using System.Text;
using LoadLab.Cli.Verbs;

namespace LoadLab.Cli.Tests;

/// <summary>docs/memory.md: its tables are what the formula and the command say. LOADLAB_UPDATE_GOLDEN=1 rewrites them between their marks.</summary>
public sealed class MemoryPageTests(Workspace workspace)
{
    private const string Model24 = "doctor --model wan2.2-ti2v-5b --memory 24GiB";
    private static readonly string s_path = Repository.At("docs", "memory.md");

    [Fact]
    public void Cards_of_the_page_are_what_the_formula_says()
    {
        var text = new StringBuilder("| model | clip | card | plan | peak | at | adds to a batch |\n|---|---|---|---|---|---|---|\n");
        foreach (var fit in DoctorFit.Findings(DoctorFit.Cards))
        {
            text.Append($"| {string.Join(" | ", [fit.Model, $"{fit.Size}x{fit.Frames}", fit.Device, .. DoctorFit.Cells(fit)])} |\n");
        }

        AssertSection("cards", text.ToString());
    }

    [Fact]
    public async Task Sample_of_the_page_is_what_the_command_prints()
    {
        var ended = (await LoadLabProcess.RunAsync(workspace, Model24.Split(' '))).Exits(0);
        var lines = ended.Stdout.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0);
        AssertSection("sample", $"```\n$ ./loadlab {Model24}\n{string.Join('\n', lines)}\n```\n");
    }

    [Fact]
    public async Task Command_says_by_its_code_whether_anything_fits()
    {
        var document = (await LoadLabProcess.RunAsync(workspace, "doctor", "--model", "wan2.2-ti2v-5b-nano", "--batch", "2", "--memory", "1GiB", "--json")).Document();
        Assert.Equal("text resident, transformer resident, vae float32", document.GetProperty("chosen").GetString());
        var none = (await LoadLabProcess.RunAsync(workspace, "doctor", "--model", "wan2.2-t2v-a14b", "--memory", "8GiB")).Exits(1);
        Assert.Contains("chosen: none, nothing fits", none.Stdout);
    }

    private static void AssertSection(string name, string expected)
    {
        var text = File.ReadAllText(s_path);
        var (begin, end) = ($"<!-- {name} -->\n", $"<!-- end of {name} -->");
        var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var stop = text.IndexOf(end, StringComparison.Ordinal);
        Assert.True(start >= begin.Length && stop >= start, $"docs/memory.md has no section {name}");
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(s_path, text[..start] + expected + text[stop..], new UTF8Encoding(false));
        }
        else
        {
            Assert.Equal(expected, text[start..stop]);
        }
    }
}
