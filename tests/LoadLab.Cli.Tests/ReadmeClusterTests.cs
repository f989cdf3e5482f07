using System.Diagnostics;
using System.Text.RegularExpressions;
using LoadLab.Stubs;

namespace LoadLab.Cli.Tests;

/// <summary>
/// The lines of README's "Against your cluster" are run as they stand, against a stand-in of the service that they name. How late this machine sends under test is not their affair:
/// the program is started with a gate that it passes.
/// </summary>
public sealed partial class ReadmeClusterTests(Workspace workspace)
{
    private const string Key = "a-key-that-must-not-leak";

    [Fact]
    public async Task Lines_against_your_cluster_run_as_they_stand()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the block is for a POSIX shell");
        var protocol = StubProtocol.Named("openai-videos")!;
        await using var stub = await StubService.StartAsync(protocol, new StubOptions { JobMedian = TimeSpan.FromMilliseconds(80), Key = Key });
        var folder = Directory.CreateDirectory(Path.Combine(workspace.Folder, "readme-cluster")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "loadlab"), $"#!/bin/sh\ncase $1 in run) set -- \"$@\" --lateness-gate 30s ;; esac\nexec dotnet \"{Path.Combine(AppContext.BaseDirectory, "loadlab.dll")}\" \"$@\"\n");
        Directory.CreateSymbolicLink(Path.Combine(folder, "Scenarios"), Repository.At("Scenarios"));
        var block = Block().Match(File.ReadAllText(Repository.At("README.md"))).Groups[1].Value;
        Assert.InRange(block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 5, 10);
        var script = $"set -eu\nchmod +x loadlab\n{block.Replace("http://127.0.0.1:8000 ", stub.Url.ToString().TrimEnd('/') + " ", StringComparison.Ordinal).Replace("my-key", Key, StringComparison.Ordinal)}";

        var (exit, said) = await ShellAsync(folder, script);
        Assert.True(exit == 0, said);
        var run = Assert.Single(Directory.GetDirectories(Path.Combine(folder, "runs"), "handshake-*"));
        Assert.Equal(40, Workspace.CheckConservation(run).Outcomes!["completed"]);
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
        Assert.Equal(40, (await File.ReadAllLinesAsync(Path.Combine(folder, "mine.jsonl"))).Length);
        Assert.DoesNotContain(Key, said, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(run), file => Assert.DoesNotContain(Key, File.ReadAllText(file), StringComparison.Ordinal));
    }

    private static async Task<(int Exit, string Said)> ShellAsync(string folder, string script)
    {
        var info = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add(script);
        using var shell = Process.Start(info)!;
        var texts = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        return (shell.ExitCode, string.Concat(texts));
    }

    [GeneratedRegex("## Against your cluster\n.*?^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
