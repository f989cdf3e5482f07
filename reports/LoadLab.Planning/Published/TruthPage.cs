using System.Globalization;
using System.Text;
using LoadLab.Serving.Profiles;

namespace LoadLab.Planning;

/// <summary>docs/profiles.md: the same profiles give the same bytes.</summary>
public static class TruthPage
{
    private const string Head = """
        # The shipped profiles, and what they prove without hardware

        Written by `./loadlab profiles --truth -o docs/profiles.md`; a test holds it to what the command computes. No real call stands behind any figure here: the profiles hold what others published or claim, and each says so. `./loadlab profiles NAME` shows one whole, with its assumptions.


        """;

    private const string Truth = """

        ## Hidden figures, predicted

        A figure of the published Wan2.2 table is hidden, predicted from the others and compared. The image-to-video figures of the hidden cells are hidden with them: they repeat their twins within a few percent. The predictor adds logarithms: how fast the GPU is with the model, the size, the count (a line in ln n and one bend), the image, and how size and count depend on one another and on the GPU's speed: the faster the GPU, the more of its time is work that does not scale with it. A GPU's own deviations are drawn towards zero. Beside it the naive predictor: operations over a rate that is the same at every size, n GPUs being n times as fast.


        """;

    private const string Energy = """

        ## Energy, from one row per GPU

        Rows with energy exist for five models on one or eight GPUs of two kinds (ML.ENERGY, GPUs alone); none for Wan2.2, and none of two or four GPUs in what is shipped. Joules = watts x (working + share x waiting) GPU-seconds: a clip works as long as it takes on one GPU, and what n GPUs take beyond that they wait. The watts come from one row of one GPU of that kind, the share from the other models. The naive predictor multiplies that row's watts by all GPU-seconds.


        """;

    public static string Write(TruthReport report, IReadOnlyList<ServiceProfile> shipped)
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        text.Append("| profile | replicas of | evidence | real calls | law of batches | source |\n|---|---|---|---|---|---|\n");
        foreach (var profile in shipped)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{profile.Name}` | {profile.Device} | {profile.Evidence} | {profile.RealCalls} | {BatchLaw.Of(profile)} | {Cell(profile.Source)} |\n");
        }

        text.Append(Truth.ReplaceLineEndings("\n"));
        Lines(text, report.Lines);
        text.Append(CultureInfo.InvariantCulture, $"\nFrom 480p to 720p on one GPU the naive law misses by {report.FlopLawLeast:P1} to {report.FlopLawMost:P1}. The 4090 has one size and no other GPU runs its model: only its counts can be hidden.\n");
        text.Append(CultureInfo.InvariantCulture, $"\nThe predictor's two penalties were chosen on this same table, so they were tried elsewhere: with each ten times smaller or larger no line's median passes {report.CornerMedian:P1} and no error {report.CornerWorst:P1}.\n");
        text.Append("\n| figure | published | one cell | resolution | GPU count | GPU kind, worst of the figures it may come from |\n|---|---|---|---|---|---|\n");
        foreach (var row in report.Cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Cell} | {row.Cell.Seconds:0.0} s | {Change(row.CellError)} | {Change(row.ResolutionError)} | {Change(row.CountError)} | {Change(row.KindWorst)} |\n");
        }

        text.Append(Energy.ReplaceLineEndings("\n"));
        Lines(text, [report.Energy, report.EnergyOfModel]);
        text.Append("\n| row | seconds | joules | worst of the rows it may come from |\n|---|---|---|---|\n");
        foreach (var row in report.EnergyRows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Row} | {row.Row.Seconds:0.000} | {row.Row.Joules:0} | {Change(row.Worst)} |\n");
        }

        return text.ToString();
    }

    private static void Lines(StringBuilder text, IEnumerable<HeldOutLine> lines)
    {
        text.Append("| crossed | hidden | predictions | median error | worst error | at | naive: median | worst |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {line.Name} | {line.Hidden} | {line.Predictions} | {line.Median:P1} | {line.Worst:P1} | {line.WorstCell} | {line.NaiveMedian:P1} | {line.NaiveWorst:P1} |\n");
        }
    }

    private static string Change(double? error) => error is { } known ? (known >= 0 ? "+" : "-") + Math.Abs(known).ToString("P1", CultureInfo.InvariantCulture) : "–";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
