using System.Diagnostics;
using System.Text;

namespace LoadLab.Architecture.Tests;

/// <summary>The ban on clocks, chance, threads and files in the serving core is a compiler error that says what to do instead: proved by compiling each.</summary>
public class ServingBanTests
{
    /// <summary>A use of every banned symbol.</summary>
    private static readonly Dictionary<string, string> s_uses = new(StringComparer.Ordinal)
    {
        ["P:System.DateTime.Now"] = "System.DateTime.Now",
        ["P:System.DateTime.UtcNow"] = "System.DateTime.UtcNow",
        ["P:System.DateTime.Today"] = "System.DateTime.Today",
        ["P:System.DateTimeOffset.Now"] = "System.DateTimeOffset.Now",
        ["P:System.DateTimeOffset.UtcNow"] = "System.DateTimeOffset.UtcNow",
        ["T:System.TimeProvider"] = "System.TimeProvider.System",
        ["T:System.Diagnostics.Stopwatch"] = "System.Diagnostics.Stopwatch.GetTimestamp()",
        ["P:System.Environment.TickCount"] = "System.Environment.TickCount",
        ["P:System.Environment.TickCount64"] = "System.Environment.TickCount64",
        ["M:System.Environment.GetEnvironmentVariable(System.String)"] = "System.Environment.GetEnvironmentVariable(\"a\")!",
        ["T:LoadLab.Core.MonotonicClock"] = "new LoadLab.Core.MonotonicClock()",
        ["T:LoadLab.Core.RandomStream"] = "new LoadLab.Core.RandomStream()",
        ["T:System.Random"] = "System.Random.Shared.Next()",
        ["T:System.Security.Cryptography.RandomNumberGenerator"] = "System.Security.Cryptography.RandomNumberGenerator.GetBytes(1)",
        ["M:System.Guid.NewGuid"] = "System.Guid.NewGuid()",
        ["M:System.Guid.CreateVersion7"] = "System.Guid.CreateVersion7()",
        ["M:System.String.GetHashCode"] = "\"a\".GetHashCode()",
        ["T:System.HashCode"] = "System.HashCode.Combine(1, 2)",
        ["T:System.Threading.Thread"] = "System.Threading.Thread.CurrentThread",
        ["T:System.Threading.Tasks.Task"] = "System.Threading.Tasks.Task.CompletedTask",
        ["T:System.Threading.Tasks.ValueTask"] = "System.Threading.Tasks.ValueTask.CompletedTask",
        ["T:System.Threading.Tasks.Parallel"] = "System.Threading.Tasks.Parallel.For(0, 1, _ => { })",
        ["T:System.Threading.Timer"] = "typeof(System.Threading.Timer)",
        ["T:System.Threading.PeriodicTimer"] = "typeof(System.Threading.PeriodicTimer)",
        ["P:System.Globalization.CultureInfo.CurrentCulture"] = "System.Globalization.CultureInfo.CurrentCulture",
        ["T:System.IO.File"] = "System.IO.File.Exists(\"a\")",
        ["T:System.Net.Http.HttpClient"] = "typeof(System.Net.Http.HttpClient)",
        ["T:System.Net.Sockets.Socket"] = "typeof(System.Net.Sockets.Socket)",
    };

    private static (string Symbol, string Message)[] Banned { get; } =
        [.. Repository.Read("Harness", "LoadLab.Serving", "BannedSymbols.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (line.Split(';')[0], line.Split(';')[1]))];

    [Fact]
    public void Every_banned_symbol_in_the_serving_core_is_an_error_with_our_message()
    {
        Assert.Equal(s_uses.Keys.Order(StringComparer.Ordinal), Banned.Select(ban => ban.Symbol).Order(StringComparer.Ordinal));
        var folder = Directory.CreateTempSubdirectory("loadlab-ban-").FullName;
        try
        {
            var output = Build(folder, Write(folder));
            var lines = output.Split('\n');
            for (var i = 0; i < Banned.Length; i++)
            {
                var (symbol, message) = Banned[i];
                Assert.True(
                    lines.Any(line => line.Contains($"Use{i}.cs", StringComparison.Ordinal) && line.Contains("error RS0030", StringComparison.Ordinal) && line.Contains(message, StringComparison.Ordinal)),
                    $"{symbol} is no error with \"{message}\":\n{output}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A project as LoadLab.Serving is one: the repository's settings, the same analyzer, the same list.</summary>
    private static string Write(string folder)
    {
        var serving = Path.Combine(Repository.Root, "Harness", "LoadLab.Serving");
        var project = Repository.Read("Harness", "LoadLab.Serving", "LoadLab.Serving.csproj")
            .Replace("BannedSymbols.txt", Path.Combine(serving, "BannedSymbols.txt"), StringComparison.Ordinal)
            .Replace("<ProjectReference Include=\"../LoadLab.Core/LoadLab.Core.csproj\" />", "", StringComparison.Ordinal);
        var path = Path.Combine(folder, "Probe.csproj");
        File.WriteAllText(path, project);
        File.WriteAllText(Path.Combine(folder, "Core.cs"), "namespace LoadLab.Core; public sealed class MonotonicClock; public sealed class RandomStream;");
        for (var i = 0; i < Banned.Length; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"Use{i}.cs"), $"namespace LoadLab.Probe; internal static class Use{i} {{ public static object Value => {s_uses[Banned[i].Symbol]}; }}");
        }

        return path;
    }

    private static string Build(string folder, string project)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "build", project, "-nologo", "-m:1", "-nodeReuse:false",
                $"-p:DirectoryBuildPropsPath={Path.Combine(Repository.Root, "Directory.Build.props")}",
                $"-p:DirectoryPackagesPropsPath={Path.Combine(Repository.Root, "Directory.Packages.props")}",
                $"-p:ArtifactsPath={Path.Combine(folder, "artifacts")}",
            },
        };
        using var process = Process.Start(start)!;
        var text = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(text, line.Data);
        process.ErrorDataReceived += (_, line) => Append(text, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }
    }
}
