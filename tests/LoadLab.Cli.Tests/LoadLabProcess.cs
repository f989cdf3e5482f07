using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>What the program said and how it ended.</summary>
internal sealed record Ended(string Arguments, int ExitCode, string Stdout, string Stderr)
{
    public IReadOnlyList<string> ErrorLines => Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Stdout as exactly one JSON document.</summary>
    public JsonElement Document()
    {
        Exits(0);
        return JsonDocument.Parse(Stdout).RootElement;
    }

    public Ended Exits(int code)
    {
        Assert.True(ExitCode == code, $"loadlab {Arguments}: exit code {ExitCode} where {code} was expected\nstdout: {Stdout}\nstderr: {Stderr}");
        Assert.DoesNotContain("   at ", Stderr);
        return this;
    }
}

/// <summary>The program as users start it: dotnet loadlab.dll, from the folder the tests were built into.</summary>
internal sealed class LoadLabProcess : IAsyncDisposable
{
    private const int MostPlays = 5;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(6);

    /// <summary>What a run says of a target that a loaded machine did not get to work within the program's own limits. It has sent no call.</summary>
    private static readonly string[] s_neverBegan = ["the server did not listen within", "the server was not ready within", "does not answer: timeout"];
    private readonly Process _process;
    private readonly string _arguments;
    private readonly StringBuilder _errors = new();
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    private LoadLabProcess(Process process, string arguments)
    {
        _process = process;
        _arguments = arguments;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _errors));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has said so far on standard error, to the end of the last piece read.</summary>
    public string Errors => SoFar(_errors);

    /// <summary>What it has said so far on standard output.</summary>
    public string Output => SoFar(_output);

    public static LoadLabProcess Start(Workspace workspace, params string[] arguments) => StartIn(workspace.Folder, workspace, arguments);

    public static LoadLabProcess StartIn(string folder, Workspace workspace, params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "loadlab.dll"));
        Array.ForEach(arguments, info.ArgumentList.Add);
        info.Environment["LOADLAB_CACHE"] = workspace.Cache;
        info.Environment["DOTNET_TieredPGO"] = "0";
        return new LoadLabProcess(Process.Start(info)!, string.Join(' ', arguments));
    }

    public static async Task<Ended> RunAsync(Workspace workspace, params string[] arguments)
    {
        await using var process = Start(workspace, arguments);
        return await process.EndAsync();
    }

    /// <summary>A live run; one that never began for want of a machine is played again.</summary>
    /// <param name="workspace">Where it runs.</param>
    /// <param name="root">Where its folder is to lie, alone.</param>
    /// <param name="arguments">Of run.</param>
    public static async Task<Ended> PlayAsync(Workspace workspace, string root, params string[] arguments)
    {
        for (var play = 1; ; play++)
        {
            var ended = await RunAsync(workspace, ["run", .. arguments, "--out", root]);
            if (play == MostPlays || !NeverBegan(ended))
            {
                return ended;
            }

            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>The same, for a test that does something to a run under way: its target is there, and its calls begin.</summary>
    public static async Task<LoadLabProcess> BeginAsync(Workspace workspace, string root, params string[] arguments)
    {
        for (var play = 1; ; play++)
        {
            var process = Start(workspace, ["run", .. arguments, "--out", root]);
            var waited = Stopwatch.StartNew();
            while (!process.HasExited && !(Directory.Exists(root) && Directory.EnumerateFiles(root, CallsFile.Name, SearchOption.AllDirectories).Any()))
            {
                Assert.True(waited.Elapsed < s_limit, $"loadlab {process._arguments} did not begin within {s_limit}; it said: {process.Errors}");
                await Task.Delay(50);
            }

            if (!process.HasExited || play == MostPlays || !NeverBegan(await process.EndAsync()))
            {
                return process;
            }

            await process.DisposeAsync();
            Directory.Delete(root, recursive: true);
        }
    }

    private static bool NeverBegan(Ended ended) => ended.ExitCode == 3 && s_neverBegan.Any(words => ended.Stderr.Contains(words, StringComparison.Ordinal));

    /// <summary>Waits until it ends by itself; a hanging program fails the test.</summary>
    public async Task<Ended> EndAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"loadlab {_arguments} did not end within {s_limit}; it said: {Errors}");
        }

        await _reading.WaitAsync(s_limit);
        return new Ended(_arguments, _process.ExitCode, Output, Errors);
    }

    /// <summary>SIGKILL on Unix.</summary>
    public void Kill() => _process.Kill();

    public void Interrupt() => Signals.Interrupt(_process.Id);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string SoFar(StringBuilder said)
    {
        lock (said)
        {
            return said.ToString();
        }
    }

    private static async Task ReadAsync(StreamReader stream, StringBuilder into)
    {
        var buffer = new char[4096];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
        {
            lock (into)
            {
                into.Append(buffer, 0, count);
            }
        }
    }
}
