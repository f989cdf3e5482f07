using System.Diagnostics;
using LoadLab.Core;

namespace LoadLab.Cli.Tests;

/// <summary>Small steps of stories in which something is broken on purpose.</summary>
internal static class FaultSteps
{
    private static readonly Duration s_limit = Duration.FromSeconds(180);

    /// <summary>
    /// Round figures, so that a run lasts seconds: the large model takes 52 s and the lighter one 12 s, split into stages; nothing scatters. At speed 200 that is 0.26 s and 0.06 s.
    /// </summary>
    private const string Profile = """
        {
          "format": 1, "name": "fault-figures", "device": "no device: round figures", "evidence": "published", "source": "Round figures for tests; nothing was measured.", "real_calls": 0,
          "services": [
            { "model": "wan2.2-t2v-a14b", "width": 832, "height": 480, "frames": 81, "steps": 40, "guided": true, "batch": 1, "gpus": 1,
              "whole": { "count": 0, "mean_s": 52, "ratios": [] }, "text": { "count": 0, "mean_s": 4, "ratios": [] }, "denoise": { "count": 0, "mean_s": 40, "ratios": [] }, "decode": { "count": 0, "mean_s": 8, "ratios": [] } },
            { "model": "wan2.2-t2v-a14b", "width": 832, "height": 480, "frames": 81, "steps": 20, "guided": true, "batch": 1, "gpus": 1,
              "whole": { "count": 0, "mean_s": 120, "ratios": [] }, "text": { "count": 0, "mean_s": 4, "ratios": [] }, "denoise": { "count": 0, "mean_s": 100, "ratios": [] }, "decode": { "count": 0, "mean_s": 16, "ratios": [] } },
            { "model": "wan2.2-ti2v-5b", "width": 832, "height": 480, "frames": 81, "steps": 40, "guided": true, "batch": 1, "gpus": 1,
              "whole": { "count": 0, "mean_s": 12, "ratios": [] }, "text": { "count": 0, "mean_s": 2, "ratios": [] }, "denoise": { "count": 0, "mean_s": 8, "ratios": [] }, "decode": { "count": 0, "mean_s": 2, "ratios": [] } }
          ]
        }
        """;

    /// <summary>A scenario with the profile fault-figures.json beside it.</summary>
    public static string WriteScenario(Workspace workspace, string name, string text)
    {
        var path = workspace.Write(name + ".yaml", $"name: {name}\n{text}");
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(path)!, "fault-figures.json"), Profile);
        return path;
    }

    public static async Task<T> UntilAsync<T>(Func<T> read, Func<T, bool> holds, string what)
    {
        var until = MonotonicClock.SystemNanoseconds + s_limit.Nanoseconds;
        while (true)
        {
            var value = read();
            if (holds(value))
            {
                return value;
            }

            Assert.True(MonotonicClock.SystemNanoseconds < until, $"waited in vain until {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>kill -9.</summary>
    public static void Kill(int process)
    {
        using var killed = Process.GetProcessById(process);
        killed.Kill();
    }

    /// <summary>
    /// Kills a replica that surely has a job: while more jobs wait than fill a batch, every replica has one, and one that was stopped before this was seen cannot end it in between.
    /// </summary>
    /// <param name="replica">Its process.</param>
    /// <param name="waiting">How many jobs wait, as the journal says now.</param>
    /// <param name="more">More than these must wait.</param>
    public static async Task KillBusyAsync(int replica, Func<int> waiting, int more)
    {
        while (true)
        {
            await UntilAsync(waiting, count => count > more, "jobs wait");
            Freeze(replica);
            if (waiting() > more)
            {
                Kill(replica);
                return;
            }

            Signal(replica, "CONT");
        }
    }

    /// <summary>kill -STOP: its sockets stay open, and it says and takes nothing any more.</summary>
    public static void Freeze(int process) => Signal(process, "STOP");

    private static void Signal(int process, string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
