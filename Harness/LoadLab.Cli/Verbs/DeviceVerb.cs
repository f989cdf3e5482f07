using System.CommandLine;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Planning;
using LoadLab.Reports;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Verbs;

/// <summary>device RUN…: what runs did to their device, beside published speed.</summary>
internal static class DeviceVerb
{
    private const double Tera = 1e12;

    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "run folders of live runs", Arity = ArgumentArity.OneOrMore };
        var gpu = Verb.Text("--gpu", "name of the GPU, where run.json does not say it");
        var peak = Verb.Number("--peak-tflops", "peak of the device in TFLOP/s, dense, in place of the table's", 0, value => value is >= 0 and <= 1e6, "a number of TFLOP/s");
        return new Command("device", "Time by stage, the three utilisations, peak memory and energy of runs, beside published speed.") { runs, gpu, peak }.Does((parsed, output) =>
        {
            var folders = parsed.GetRequiredValue(runs).Select(RunIntegrity.Open).ToList();
            var report = DeviceReport.Of(folders, Calibrated(folders, output), parsed.GetValue(gpu), parsed.GetValue(peak) is > 0 and var given ? given * Tera : null);
            output.Document(report);
            Print(output, report);
            return ExitCode.Done;
        });
    }

    /// <summary>Null when no run has a batch after its first; the reason is told.</summary>
    private static ServiceProfile? Calibrated(List<RunFolder> folders, Output output)
    {
        try
        {
            return Calibration.FromRuns(folders);
        }
        catch (InputException e)
        {
            output.Progress($"no stages: {e.Message}");
            return null;
        }
    }

    private static void Print(Output output, DeviceReport report)
    {
        output.Line($"device: {report.Device}; peak {Flops(report.PeakFlopsPerSecond)}");
        output.Line($"compared with: {report.Published}");
        output.Line("time by stage:");
        output.Table("", ["model and shape", "batch", "batches", "text", "denoise", "decode", "whole", "TFLOP/s", "of peak", "of published", ""], report.Services.Select(service => (IReadOnlyList<string>)
        [
            $"{service.Model} {service.Shape}",
            Show.Number(service.Batch),
            Show.Number(service.Batches),
            Time(service.TextSeconds),
            Time(service.DenoiseSeconds),
            Time(service.DecodeSeconds),
            Time(service.WholeSeconds),
            service.WholeFlopsPerSecond is { } speed ? Show.Number(speed / Tera) : "–",
            Part(service.OfPeak),
            Part(service.OfPublished),
            service.Stamp,
        ]));
        output.Line("use of the device:");
        output.Table("", ["run", "completed", "busy share", "kernel-active", "FLOP/s over peak", "peak memory", "seen by", "energy", "per call"], report.Runs.Select(run => (IReadOnlyList<string>)
        [
            run.Run,
            $"{run.Completed} of {run.Planned}",
            Value(run.BusyShare, Show.Share),
            Value(run.KernelActive, Show.Share),
            run.AchievedOfPeak.Value is { } share ? Show.Share(share) : $"{Value(run.AchievedFlopsPerSecond, speed => Flops(speed))}; {run.AchievedOfPeak.Why}",
            Value(run.PeakMemoryBytes, Show.Bytes),
            run.PeakMemoryFrom,
            Value(run.Joules, Joules),
            Value(run.JoulesPerCompleted, Joules),
        ]));
        if (report.NotRepresentative)
        {
            output.Line("not representative: a figure of a full model is below half of the published speed");
        }
    }

    private static string Time(double? seconds) => seconds is { } known ? Show.Seconds(known) : "–";

    private static string Part(double? share) => share is { } known ? Show.Share(known) : "–";

    private static string Flops(double? perSecond) => perSecond is { } known ? $"{Show.Number(known / Tera)} TFLOP/s" : "not known";

    private static string Joules(double joules) => $"{Show.Number(Math.Round(joules))} J";

    private static string Value(Figure figure, Func<double, string> show) => figure.Value is { } value ? show(value) : figure.Why ?? "–";
}
