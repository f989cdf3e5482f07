using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>Files that do not belong together give no figures, and a model that cannot load ends a run at once.</summary>
public sealed class IntegrityTests(Workspace workspace)
{
    [Fact]
    public async Task Journal_that_was_cut_gives_no_price_and_a_warning_in_the_report()
    {
        var folder = await CopyOfFirstRun();
        var journal = Path.Combine(folder, RunFolder.DecisionsName);
        var lines = File.ReadAllLines(journal);
        File.WriteAllText(journal, string.Join('\n', lines[..(lines.Length / 3)]) + "\n");

        Assert.Contains("before calls that completed at", Assert.Single((await LoadLabProcess.RunAsync(workspace, "cost", folder)).Exits(2).ErrorLines));
        Assert.Contains((await LoadLabProcess.RunAsync(workspace, "report", folder)).Exits(0).ErrorLines, line => line.StartsWith("warning: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Journal_with_a_line_missing_is_refused_by_its_line()
    {
        var folder = await CopyOfFirstRun();
        var journal = Path.Combine(folder, RunFolder.DecisionsName);
        var lines = File.ReadAllLines(journal).ToList();
        lines.RemoveAt(9);
        File.WriteAllText(journal, string.Join('\n', lines) + "\n");

        Assert.Contains($"{RunFolder.DecisionsName}:10: seq = \"10\" stands where 9 should", Assert.Single((await LoadLabProcess.RunAsync(workspace, "cost", folder)).Exits(2).ErrorLines));
    }

    [Fact]
    public async Task Schedule_that_is_not_the_run_s_own_is_refused()
    {
        var folder = await CopyOfFirstRun();
        var schedule = Path.Combine(folder, ScheduleFile.Name);
        var calls = ScheduleFile.Read(schedule).Select(call => call with { Tier = "gold" }).ToList();
        File.Delete(schedule);
        ScheduleFile.Write(schedule, calls);

        Assert.Contains("is not the schedule whose hash run.json holds", Assert.Single((await LoadLabProcess.RunAsync(workspace, "cost", folder)).Exits(2).ErrorLines));
    }

    [Fact]
    public async Task Run_given_twice_counts_once()
    {
        var (folder, _) = await workspace.FirstRun;
        var profile = workspace.NewPath("twice") + ".json";
        Assert.Contains("is given twice", Assert.Single((await LoadLabProcess.RunAsync(workspace, "calibrate", folder, folder, "-o", profile)).Exits(2).ErrorLines));
        Assert.False(File.Exists(profile));
    }

    [Fact]
    public async Task Model_that_does_not_fit_ends_the_run_at_once_with_exit_3()
    {
        var scenario = workspace.PicoScenario("tight", 1, "2s");
        File.WriteAllText(scenario, File.ReadAllText(scenario).Replace("memory: 512MiB", "memory: 1MiB", StringComparison.Ordinal));
        var root = workspace.NewPath("runs");

        var ended = (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--out", root)).Exits(3);
        Assert.Contains(ended.ErrorLines, line => line.StartsWith("target: the server could not load its model: ", StringComparison.Ordinal) && line.Contains("memory", StringComparison.Ordinal));
        Assert.Equal("failed", RunFolder.Open(Assert.Single(Directory.GetDirectories(root))).ReadManifest().Status);
    }

    private async Task<string> CopyOfFirstRun()
    {
        var (folder, _) = await workspace.FirstRun;
        var copy = workspace.NewPath("copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }
}
