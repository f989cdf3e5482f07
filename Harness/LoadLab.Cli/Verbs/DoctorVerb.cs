using System.CommandLine;
using System.Runtime.Intrinsics;
using LoadLab.Core;
using LoadLab.Engine.Pacing;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Weights;
using LoadLab.Reports;
using LoadLab.Sensors;

namespace LoadLab.Cli.Verbs;

/// <summary>doctor: what this machine offers, and what each missing part costs.</summary>
internal static class DoctorVerb
{
    private const int Waits = 500;

    public static Command Create()
    {
        var weights = Verb.Text("--weights", "scan every tensor of the safetensors files in this folder for NaN, infinity and damage");
        return new Command("doctor", "Looks at this machine: devices, timers, programs, models; says what each missing part costs.") { weights }.Does((parsed, output) =>
            parsed.GetValue(weights) is { } folder ? Scan(folder, output) : Examine(output));
    }

    private static int Scan(string folder, Output output)
    {
        if (!Directory.Exists(folder) && !File.Exists(folder))
        {
            throw Verb.Bad("--weights", folder, "does not exist", "give a folder of safetensors files");
        }

        var scan = WeightScan.ScanFinite(folder);
        output.Document(scan);
        foreach (var problem in scan.Problems)
        {
            output.Line(problem);
        }

        output.Line($"{scan.Files} files, {scan.Tensors} tensors read, {scan.Problems.Count} problems");
        return scan.Problems.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static int Examine(Output output)
    {
        var machine = MachineDescription.Read();
        var device = DeviceDescription.Read();
        var timers = MeasureTimers();
        var ffmpeg = Host.OnPath("ffmpeg");
        var findings = new List<Finding>
        {
            new("loadlab", $"{Host.Version} on {Host.Runtime}", ""),
            new("machine", machine.Line, machine.Cores < 2 ? "a local server and the engine share one core: lateness will be high" : ""),
            new("device", device.Line, device.AbsentReason is null ? "" : "no GPU series in runs; everything else works"),
            new("vectors", Vectors(), Vector512.IsHardwareAccelerated ? "" : "kernels run at the width that is there"),
            new("timer", $"{timers.Mechanism}: sleep error p50 {Show.Seconds(timers.P50Seconds)}, p99 {Show.Seconds(timers.P99Seconds)} over {Waits} waits of 2 ms", timers.P99Seconds > 1e-3 ? "lateness above 1 ms is to be expected" : ""),
            new("ffmpeg", ffmpeg ?? "not on the PATH", ffmpeg is null ? "clips are y4m only, not mp4" : ""),
            new("weights cache", Host.WeightsCache, ""),
        };
        findings.AddRange(ModelCatalog.All.Select(model => new Finding(
            model.Name,
            $"{model.Shapes.SizeText}; frames {model.Shapes.FramesText}; steps {model.Shapes.StepsText}",
            model.IsSeeded ? "" : "served with its checkpoint, or with random weights drawn on the device")));
        output.Document(new DoctorDocument(findings, timers));
        output.Table("", ["part", "found", "what it costs"], findings.Select(finding => (IReadOnlyList<string>)[finding.Part, finding.Found, finding.Cost]));
        return ExitCode.Done;
    }

    private static string Vectors() =>
        Vector512.IsHardwareAccelerated ? "512 bit" : Vector256.IsHardwareAccelerated ? "256 bit" : Vector128.IsHardwareAccelerated ? "128 bit" : "none";

    /// <summary>Sleeps to absolute times as the load engine does, and tells by how much it woke late.</summary>
    private static TimerFinding MeasureTimers()
    {
        var clock = MonotonicClock.StartNow();
        using var waiter = new PreciseWaiter(clock);
        var errors = new List<double>(Waits);
        var at = clock.Now + Duration.FromMilliseconds(20);
        for (var i = 0; i < Waits; i++)
        {
            at += Duration.FromMilliseconds(2);
            waiter.WaitUntil(at, CancellationToken.None);
            errors.Add((clock.Now - at).Seconds);
        }

        errors.Sort();
        return new TimerFinding(waiter.Mechanism, Percentile.OfSorted(errors, 0.5), Percentile.OfSorted(errors, 0.99));
    }

    internal sealed record Finding(string Part, string Found, string Cost);

    internal sealed record TimerFinding(string Mechanism, double P50Seconds, double P99Seconds);

    internal sealed record DoctorDocument(IReadOnlyList<Finding> Findings, TimerFinding Timer);
}
