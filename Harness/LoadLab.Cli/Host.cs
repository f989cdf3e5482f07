using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace LoadLab.Cli;

/// <summary>This program and the machine it runs on, in words.</summary>
internal static class Host
{
    public static string Version { get; } = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static string Runtime { get; } = string.Create(CultureInfo.InvariantCulture, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}");

    /// <summary>What starts this program again as a child: the dotnet host and the assembly.</summary>
    public static (string File, IReadOnlyList<string> Arguments) Self
    {
        get
        {
            var assembly = typeof(Host).Assembly.Location;
            var process = Environment.ProcessPath ?? "dotnet";
            return Path.GetFileNameWithoutExtension(process) == "dotnet" ? (process, [assembly]) : (process, []);
        }
    }

    /// <summary>Seeded weights are written here once; LOADLAB_CACHE overrides.</summary>
    public static string WeightsCache =>
        Environment.GetEnvironmentVariable("LOADLAB_CACHE") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "loadlab", "weights");

    /// <summary>The full path of a program on the PATH; null when it is not there.</summary>
    public static string? OnPath(string program)
    {
        var names = OperatingSystem.IsWindows() ? new[] { program + ".exe", program + ".cmd" } : [program];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }
}
