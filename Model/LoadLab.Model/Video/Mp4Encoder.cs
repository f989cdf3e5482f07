using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LoadLab.Model.Video;

/// <summary>H.264 in mp4 through the ffmpeg on the PATH. Absent, callers keep the .y4m.</summary>
public static class Mp4Encoder
{
    private const int MaxErrorText = 2000;

    /// <summary>ffmpeg's path, or null when none is on the PATH.</summary>
    public static string? FindFfmpeg()
    {
        var name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        return (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Encodes a .y4m file. Returns null when done, else one line that says why not; a run past the limit is killed.</summary>
    public static string? Encode(string ffmpeg, string y4mPath, string mp4Path, TimeSpan limit)
    {
        var start = new ProcessStartInfo(ffmpeg) { RedirectStandardError = true, RedirectStandardInput = true };
        string[] arguments = ["-nostdin", "-v", "error", "-y", "-i", y4mPath, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart", mp4Path];
        Array.ForEach(arguments, start.ArgumentList.Add);
        try
        {
            using var process = Process.Start(start)!;
            return Wait(process, limit);
        }
        catch (Win32Exception e)
        {
            return $"{ffmpeg} could not be started: {e.Message}";
        }
    }

    private static string? Wait(Process process, TimeSpan limit)
    {
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            return $"ffmpeg ran longer than {limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s and was ended";
        }

        if (process.ExitCode == 0)
        {
            return null;
        }

        var text = errors.GetAwaiter().GetResult().Trim();
        return $"ffmpeg ended with code {process.ExitCode}: {text[..Math.Min(text.Length, MaxErrorText)]}";
    }
}
