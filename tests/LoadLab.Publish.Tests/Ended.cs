using System.Diagnostics;

namespace LoadLab.Publish.Tests;

/// <summary>A program that ended within its limit, and what it said.</summary>
internal sealed record Ended(int ExitCode, string Stdout, string Stderr)
{
    public string All => Stdout + Stderr;

    public static async Task<Ended> RunAsync(TimeSpan limit, string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { WorkingDirectory = Checkout.Root, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        Array.ForEach(arguments, info.ArgumentList.Add);

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
            await process.WaitForExitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {limit}");
        }

        return new Ended(process.ExitCode, await output, await error);
    }
}
