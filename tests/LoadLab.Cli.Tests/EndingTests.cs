using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>Runs that end before their time: what was recorded is kept, and the parts that remain behave.</summary>
public sealed class EndingTests(Workspace workspace)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task Killed_run_opens_reports_as_partial_and_its_server_leaves()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are found in /proc");
        var root = workspace.NewPath("runs");
        await using var process = await LoadLabProcess.BeginAsync(workspace, root, workspace.PicoScenario("killed", 1, "60s"));
        var folder = await AfterRows(process, root, 5);
        var server = Assert.Single(Signals.ChildrenOf(process.Id));
        process.Kill();
        await process.EndAsync();
        var rows = Rows(folder);

        var opened = RunFolder.Open(folder);
        var manifest = opened.ReadManifest();
        Assert.Equal("running", manifest.Status);
        var calls = opened.ReadCalls();
        Assert.Equal(manifest.Planned, calls.Count);
        Assert.InRange(calls.Count(call => call.Outcome == Core.Outcome.Completed), 5, rows);
        Assert.Contains(calls, call => call.Outcome == Core.Outcome.Unfinished);

        // Its standard input has ended: it stops by itself.
        await Until(() => !Signals.Runs(server), TimeSpan.FromSeconds(120), () => $"the server {server} still runs");
        await ReportSaysPartial(folder);
        (await LoadLabProcess.RunAsync(workspace, "replay", folder)).Exits(0);
    }

    [Fact]
    public async Task Server_killed_within_a_run_fails_the_run_and_every_call_has_one_outcome()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are found in /proc");
        var root = workspace.NewPath("runs");
        await using var process = await LoadLabProcess.BeginAsync(workspace, root, workspace.PicoScenario("orphaned", 1, "20s"), "--lateness-gate", "30s");
        var folder = await AfterRows(process, root, 3);
        using (var server = System.Diagnostics.Process.GetProcessById(Assert.Single(Signals.ChildrenOf(process.Id))))
        {
            server.Kill();
        }

        var ended = (await process.EndAsync()).Exits(3);
        Assert.Contains("the server ended during the run (exit code 137)", ended.Stderr);
        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal("failed", manifest.Status);
        Assert.True(manifest.Outcomes!["completed"] >= 3);
        Assert.True(manifest.Outcomes["failed"] > 0);
        (await LoadLabProcess.RunAsync(workspace, "report", folder)).Exits(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Interrupted_run_drains_keeps_its_rows_and_exits_130(bool wholeTerminal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill");
        var root = workspace.NewPath("runs");
        var scenario = workspace.PicoScenario("interrupted", 1, "60s", "12/s", frames: 33, steps: 10);
        await using var process = await LoadLabProcess.BeginAsync(workspace, root, scenario, "--lateness-gate", "30s");
        var folder = await AfterRows(process, root, 3);
        if (wholeTerminal)
        {
            // Ctrl+C in a terminal reaches the whole foreground group, the server first here.
            Signals.Interrupt(Assert.Single(Signals.ChildrenOf(process.Id)));
        }

        process.Interrupt();
        (await process.EndAsync()).Exits(130);
        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal("interrupted", manifest.Status);
        Assert.True(manifest.Outcomes!["completed"] >= 3);
        Assert.True(manifest.Outcomes["unfinished"] > 0);
        Assert.Equal(0, manifest.Outcomes["failed"]);
        (await LoadLabProcess.RunAsync(workspace, "report", folder)).Exits(0);
    }

    private async Task ReportSaysPartial(string folder)
    {
        var ended = (await LoadLabProcess.RunAsync(workspace, "report", folder)).Exits(0);
        Assert.StartsWith("partial: this run says running; calls without a row count as unfinished", ended.Stdout, StringComparison.Ordinal);
        Assert.True((await LoadLabProcess.RunAsync(workspace, "report", folder, "--json")).Document()[0].GetProperty("partial").GetBoolean());
        Assert.Contains("partial", File.ReadAllText(Path.Combine(folder, RunReports.PageName)), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> AfterRows(LoadLabProcess process, string root, int rows)
    {
        await Until(() => process.HasExited || (Folder(root) is { } folder && Rows(folder) >= rows), s_limit, () => $"no {rows} calls ended; the run said: {process.Errors}");
        Assert.False(process.HasExited, process.Errors);
        return Folder(root)!;
    }

    private static string? Folder(string root) => Directory.Exists(root) ? Directory.GetDirectories(root).SingleOrDefault() : null;

    private static int Rows(string folder)
    {
        var path = Path.Combine(folder, CallsFile.Name);
        if (!File.Exists(path))
        {
            return 0;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return Math.Max(0, reader.ReadToEnd().Count(c => c == '\n') - 1);
    }

    private static async Task Until(Func<bool> holds, TimeSpan limit, Func<string> otherwise)
    {
        using var late = new CancellationTokenSource(limit);
        while (!holds())
        {
            Assert.False(late.IsCancellationRequested, late.IsCancellationRequested ? otherwise() : "");
            await Task.Delay(50);
        }
    }
}
