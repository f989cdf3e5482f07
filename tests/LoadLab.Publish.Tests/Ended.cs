using System.Diagnostics;

namespace LoadLab.Publish.Tests;

/// <summary>A program that ended within its limit, and what it said.</summary>
internal sealed record Ended(int ExitCode, string Stdout, string Stderr)
{
    public string All => Stdout + Stderr;

    public static Task<Ended> RunAsync(TimeSpan limit, string program, params string[] arguments) => RunAsync(limit, program, arguments, _ => Task.CompletedTask);

    /// <param name="limit">Past it the program and its children are killed and the test fails.</param>
    /// <param name="program">A path, or a name on the PATH.</param>
    /// <param name="arguments">One word each.</param>
    /// <param name="meanwhile">What is done while it runs; gets its process id.</param>
    public static async Task<Ended> RunAsync(TimeSpan limit, string program, IEnumerable<string> arguments, Func<int, Task> meanwhile)
    {
        var info = new ProcessStartInfo(program) { WorkingDirectory = Checkout.Root, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        // What the test runner sets for itself would steer a build inside a test; build servers would outlive it.
        foreach (var name in info.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || key.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            info.Environment.Remove(name);
        }

        info.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        info.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        info.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var stop = new CancellationTokenSource(limit);
        try
        {
            await meanwhile(process.Id).WaitAsync(stop.Token);
            await process.WaitForExitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', info.ArgumentList)} did not end within {limit}");
        }

        return new Ended(process.ExitCode, await output, await error);
    }
}
