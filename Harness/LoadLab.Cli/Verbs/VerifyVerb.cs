using System.CommandLine;
using System.Globalization;
using LoadLab.Model.Verify;

namespace LoadLab.Cli.Verbs;

/// <summary>verify PATH…: this build against golden vectors, a line per case.</summary>
internal static class VerifyVerb
{
    private const long Capacity = 4L << 30;

    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH") { Description = "golden files, or folders of them", Arity = ArgumentArity.OneOrMore };
        var threads = Verb.Whole("--threads", "compute threads", 1, 1, 1024);
        var backend = Backends.Option();
        return new Command("verify", "Checks the model code of this build against golden vectors, in float32.") { paths, threads, backend }.Does((parsed, output) =>
        {
            var choice = BackendChoice.Parse(parsed.GetValue(backend));
            Backends.RequireUsable(choice);
            var cases = parsed.GetRequiredValue(paths).SelectMany(path => Verify(path, choice, parsed.GetValue(threads))).ToList();
            output.Document(new VerifyDocument(cases.Count(result => result.Passed), cases.Count(result => !result.Passed), cases));
            foreach (var result in cases)
            {
                output.Line(string.Create(CultureInfo.InvariantCulture, $"{(result.Passed ? "pass" : "FAIL")}  {result.Name,-22} {result.TensorsCompared,4} tensors   max-abs {result.MaxAbs:0.0e+00}   relative L2 {result.RelativeL2:0.0e+00}"));
                if (result.FirstFailure is { } failure)
                {
                    output.Line($"      {failure}");
                }
            }

            output.Line(string.Create(CultureInfo.InvariantCulture, $"{cases.Count(result => result.Passed)} of {cases.Count} cases pass"));
            return cases.All(result => result.Passed) ? ExitCode.Done : ExitCode.Failed;
        });
    }

    private static IReadOnlyList<VerifyCase> Verify(string path, BackendChoice choice, int threads) =>
        File.Exists(path) || Directory.Exists(path)
            ? GoldenVerifier.Verify(path, () => Backends.Create(choice, Capacity, threads))
            : throw Verb.Bad("PATH", path, "does not exist", "give a golden file or a folder of them");

    internal sealed record VerifyDocument(int Passed, int Failed, IReadOnlyList<VerifyCase> Cases);
}
