using System.CommandLine;
using System.Globalization;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Reports;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Verbs;

/// <summary>calibrate RUN… -o P: a profile from recorded runs, with its error.</summary>
internal static class CalibrateVerb
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "run folders of live runs", Arity = ArgumentArity.OneOrMore };
        var path = new Option<string>("--out", "-o") { Description = "the profile to write", Required = true };
        var name = Verb.Text("--name", "name of the profile (default: the file's)");
        return new Command("calibrate", "Makes a service-time, memory and cold-start profile from recorded runs, with its error.") { runs, path, name }.Does((parsed, output) =>
        {
            var file = parsed.GetRequiredValue(path);
            var profile = Calibration.FromRuns([.. parsed.GetRequiredValue(runs).Select(RunIntegrity.Open)], parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(file));
            ProfileFile.Write(file, profile);
            output.Document(profile);
            output.Line($"{profile.Name}: {profile.RealCalls} real calls on {profile.Device}, {profile.WarmUpCalls} of them warm-up; {Profiles.ErrorOf(profile)}");
            output.Table("", Head, Rows(profile));
            output.Line($"cold start: {ColdStart(profile)}; memory: {Memory(profile)}");
            output.Line($"profile: {Path.GetFullPath(file)}");
            return ExitCode.Done;
        });
    }

    public static IReadOnlyList<string> Head { get; } = ["model and shape", "batch", "calls", "text", "denoise", "decode", "whole", "spread (CV)", "error of the mean, held out"];

    public static IEnumerable<IReadOnlyList<string>> Rows(ServiceProfile profile) => profile.Services.Select(entry => (IReadOnlyList<string>)
    [
        $"{entry.Model} {entry.Shape}",
        Show.Number(entry.Batch),
        Show.Number(entry.Whole.Count),
        Mean(entry.Text),
        Mean(entry.Denoise),
        Mean(entry.Decode),
        Show.Seconds(entry.Whole.MeanS),
        Spread(entry.Whole),
        entry.Error is { } error ? Show.Share(error) : "–",
    ]);

    public static string ColdStart(ServiceProfile profile) => profile.ColdStart is { } cold
        ? string.Create(CultureInfo.InvariantCulture, $"{Show.Seconds(cold.MeanS)} over {cold.Count}")
        : "not recorded";

    public static string Memory(ServiceProfile profile) => profile.Memory is { } memory
        ? string.Create(CultureInfo.InvariantCulture, $"{Show.Bytes(memory.FixedBytes)} + {memory.BytesPerPixel:0.##} bytes per pixel of the batch, off by at most {memory.Error:P1} over {memory.Count} batches")
        : "not recorded";

    /// <summary>Standard deviation over mean of the kept ratios, whose mean is 1.</summary>
    private static string Spread(SampledTime time) =>
        time.Ratios.Count > 1 ? Show.Share(Math.Sqrt(time.Ratios.Average(ratio => (ratio - 1) * (ratio - 1)))) : "–";

    private static string Mean(SampledTime? time) => time is { } known ? Show.Seconds(known.MeanS) : "–";
}
