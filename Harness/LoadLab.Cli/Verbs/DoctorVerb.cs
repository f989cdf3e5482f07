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
    private const int MaxSide = 4096;
    private const int MaxFrames = 1001;
    private const int MaxBatch = 1024;

    public static Command Create()
    {
        var weights = Verb.Text("--weights", "scan every tensor of the safetensors files in this folder for NaN, infinity and damage");
        var model = Verb.Text("--model", "print every plan of keeping this model in memory, by formula");
        var size = Verb.Size("--size", "with --model: clip size (default: the model's own)");
        var frames = Verb.Whole("--frames", "with --model: frames, 4n+1 (default: the model's own)", 1, MaxFrames);
        var batch = Verb.Whole("--batch", "with --model: clips together (default 1)", 1, MaxBatch);
        var memory = Verb.Bytes("--memory", "with --model: a device of so much memory, for example 24GiB (default: this machine's)");
        return new Command("doctor", "Looks at this machine: devices, timers, programs, models, what fits in memory; says what each missing part costs.") { weights, model, size, frames, batch, memory }.Does((parsed, output) =>
            parsed.GetValue(weights) is { } folder ? Scan(folder, output)
            : parsed.GetValue(model) is { } name ? Fit(name, parsed.GetValue(size), parsed.GetValue(frames), parsed.GetValue(batch) ?? 1, parsed.GetValue(memory), output)
            : new Option[] { size, frames, batch, memory }.FirstOrDefault(option => parsed.GetResult(option) is not null) is { } alone ? throw Verb.Bad("--model", null, $"is missing; {alone.Name} is of one model", "write for example --model wan2.2-ti2v-5b")
            : Examine(output));
    }

    private static int Fit(string name, (int Width, int Height)? size, int? frames, int batch, long? memory, Output output)
    {
        var model = ModelCatalog.Find(name) ?? throw Verb.Bad("--model", name, "is not known", $"write {string.Join(" or ", ModelCatalog.All.Select(known => known.Name))}");
        var (width, height) = size ?? (model.Native.Width, model.Native.Height);
        var shape = model.Native with { Width = width, Height = height, Frames = frames ?? model.Native.Frames };
        var multiple = model.Shapes.Multiple;
        if (width % multiple != 0 || height % multiple != 0 || width > MaxSide || height > MaxSide)
        {
            throw Verb.Bad("--size", $"{width}x{height}", $"is not in multiples of {multiple} up to {MaxSide}", $"write for example {model.Native.Width}x{model.Native.Height}");
        }

        if (shape.Frames % 4 != 1)
        {
            throw Verb.Bad("--frames", $"{shape.Frames}", "is not of the form 4n+1", $"write for example {model.Native.Frames}");
        }

        var device = DoctorFit.OfMachine(MachineDescription.Read(), DeviceDescription.Read());
        device = memory is { } bytes ? DoctorFit.Asked(model, bytes, device) : device;
        var document = DoctorFit.Document(DoctorFit.Table(model, shape, batch, device), device);
        output.Document(document);
        DoctorFit.Print(output, document);
        return document.Chosen is null ? ExitCode.Failed : ExitCode.Done;
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
            new("nbomber", Engines.NBomberVersion is { } nbomber ? $"{nbomber}, with --engine nbomber" : "not in this build", Engines.NBomberVersion is null ? Engines.BuildCommand : ""),
            new("managedcuda", Samplers.ManagedCudaLine ?? "not in this build", Samplers.ManagedCudaLine is null ? Samplers.BuildCommand : ""),
            new("ffmpeg", ffmpeg ?? "not on the PATH", ffmpeg is null ? "clips are y4m only, not mp4" : ""),
            new("weights cache", Host.WeightsCache, ""),
        };
        findings.AddRange(ModelCatalog.All.Select(model => new Finding(
            model.Name,
            $"{model.Shapes.SizeText}; frames {model.Shapes.FramesText}; steps {model.Shapes.StepsText}",
            model.IsSeeded ? "" : "needs a folder with its safetensors and umT5's tokenizer.json, or weights drawn on the device")));
        var fits = DoctorFit.Findings(DoctorFit.Devices(machine, device));
        output.Document(new DoctorDocument(findings, timers, fits));
        output.Table("", ["part", "found", "what it costs"], findings.Select(finding => (IReadOnlyList<string>)[finding.Part, finding.Found, finding.Cost]));
        DoctorFit.Print(output, fits);
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

    internal sealed record DoctorDocument(IReadOnlyList<Finding> Findings, TimerFinding Timer, IReadOnlyList<DoctorFit.FitFinding> Fits);
}
