using System.CommandLine;
using System.Globalization;
using System.Text;
using LoadLab.Core;
using LoadLab.Planning;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Verbs;

/// <summary>profiles [NAME]: what is shipped and what stands behind it; what the published figures prove of each other; a fleet that nobody published.</summary>
internal static class ProfilesVerb
{
    private const string Table = "wan22-published";
    private const string Energy = "mlenergy-v3";

    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "a shipped profile or a file: shows it", Arity = ArgumentArity.ZeroOrOne };
        var truth = new Option<bool>("--truth") { Description = "hides the published figures one by one and predicts them from the others" };
        var predict = new Option<bool>("--predict") { Description = "a profile of a cell that the published table lacks" };
        var gpu = Verb.Text("--gpu", "of the predicted cell: a kind of GPU of the table");
        var gpus = Verb.Whole("--gpus", "of the predicted cell: GPUs of one replica", 1, 1, CellPredictor.MostGpus);
        var model = Verb.Text("--model", "of the predicted cell: a model of the table");
        var size = Verb.Size("--size", "of the predicted cell: a size of the table");
        var known = Verb.Time("--known", "of a kind of GPU that the table lacks: the seconds of one clip of that model and size on one of it");
        var file = Verb.Text("-o", "writes the page of --truth, for example docs/profiles.md, or the profile of --predict");
        return new Command("profiles", "Lists the shipped profiles and their sources, checks their figures against one another, and predicts those that nobody published.") { name, truth, predict, gpu, gpus, model, size, known, file }.Does((parsed, output) =>
        {
            var path = parsed.GetValue(file) is { } named ? Verb.File(named) : null;
            switch (parsed.GetValue(name), parsed.GetValue(truth), parsed.GetValue(predict))
            {
                case (null, true, false):
                    Prove(path, output);
                    break;
                case (null, false, true):
                    Predict(path, new Wanted(parsed.GetValue(gpu), parsed.GetValue(gpus), parsed.GetValue(model), parsed.GetValue(size), parsed.GetValue(known)), output);
                    break;
                case ({ } one, false, false) when path is null:
                    Show(Profiles.Load(one), output);
                    break;
                case (null, false, false) when path is null:
                    List(output);
                    break;
                default:
                    throw Verb.Bad("profiles", null, "is asked for two things at once, or for a file of nothing", "write profiles, profiles NAME, profiles --truth [-o FILE] or profiles --predict --gpu … --gpus … --model … --size … [-o FILE]");
            }

            return ExitCode.Done;
        });
    }

    /// <summary>The page of docs/profiles.md.</summary>
    public static string Page() => TruthPage.Write(Report(), Profiles.AllShipped());

    private static TruthReport Report() => TruthReport.Of(Profiles.Load(Table), Profiles.Load(Energy));

    private static void List(Output output)
    {
        var lines = Profiles.AllShipped().Select(ProfileLine.Of).ToList();
        output.Document(new ProfilesDocument(lines));
        output.Table("", ["profile", "real calls", "evidence", "kinds", "law of batches", "source"], lines.Select(line => (IReadOnlyList<string>)
            [line.Name, line.RealCalls.ToString(CultureInfo.InvariantCulture), line.Evidence, string.Join(", ", line.Kinds), line.Law, line.Source]));
    }

    private static void Show(ServiceProfile profile, Output output)
    {
        output.Document(profile);
        var line = ProfileLine.Of(profile);
        output.Line($"{line.Name}: {profile.Device} ({line.Evidence}, {line.RealCalls} real calls behind it)");
        output.Line($"source: {line.Source}");
        output.Line($"law of batches: {line.Law}");
        output.Line($"error: {Profiles.ErrorOf(profile)}");
        output.Lines("assumed", profile.Assumptions);
        output.Table("", ["model", "shape", "kind", "batch", "seconds", "joules"], profile.Services.Select(entry => (IReadOnlyList<string>)
            [entry.Model, entry.Shape.ToString(), ProfileLine.KindOf(entry.Gpu, entry.Gpus), Words(entry.Batch), Words(entry.Whole.MeanS), entry.EnergyJ is { } joules ? Words(joules) : ""]));
    }

    private static void Prove(string? path, Output output)
    {
        var report = Report();
        if (path is not null)
        {
            File.WriteAllText(path, Page(), new UTF8Encoding(false));
        }

        output.Document(report);
        foreach (var line in report.Lines.Append(report.Energy).Append(report.EnergyOfModel))
        {
            output.Line(Words(line));
        }

        output.Line(FormattableString.Invariant($"FLOP law from 480p to 720p on one GPU: misses by {report.FlopLawLeast:P1} to {report.FlopLawMost:P1}"));
    }

    private static void Predict(string? path, Wanted wanted, Output output)
    {
        var table = Profiles.Load(Table);
        var (cell, known) = wanted.In(table);
        var predicted = PredictedProfile.Of(table, cell, known);
        if (path is not null)
        {
            ProfileFile.Write(path, predicted.Profile);
        }

        output.Document(new PredictionDocument(predicted.Seconds, predicted.Line, predicted.Profile));
        output.Line(FormattableString.Invariant($"{predicted.Profile.Name}: {predicted.Seconds} s a clip, predicted from the published table; 0 real calls"));
        output.Line($"error of such predictions: {Words(predicted.Line)}");
    }

    private static string Words(HeldOutLine line) => FormattableString.Invariant(
        $"{line.Name}: median error {line.Median:P1}, worst {line.Worst:P1} ({line.WorstCell}) over {line.Predictions} predictions; naive: median {line.NaiveMedian:P1}, worst {line.NaiveWorst:P1}");

    private static string Words(double value) => value.ToString(CultureInfo.InvariantCulture);

    internal sealed record ProfilesDocument(IReadOnlyList<ProfileLine> Profiles);

    /// <param name="Seconds">Of one clip alone.</param>
    /// <param name="Error">Of figures that were hidden and predicted across the same distance.</param>
    /// <param name="Profile">As written.</param>
    internal sealed record PredictionDocument(double Seconds, HeldOutLine Error, ServiceProfile Profile);

    /// <param name="Name">To give to <c>--profile</c>.</param>
    /// <param name="Kinds">GPUs of its replicas, as "8 h100".</param>
    /// <param name="Evidence">real, emulated or published.</param>
    /// <param name="RealCalls">Behind it.</param>
    /// <param name="Law">Of its batches.</param>
    /// <param name="Source">Of its figures.</param>
    internal sealed record ProfileLine(string Name, IReadOnlyList<string> Kinds, string Evidence, int RealCalls, string Law, string Source)
    {
        public static ProfileLine Of(ServiceProfile profile) => new(
            profile.Name, [.. profile.Services.Select(entry => KindOf(entry.Gpu.Length > 0 ? entry.Gpu : profile.Device, entry.Gpus)).Distinct()],
            profile.Evidence, profile.RealCalls, BatchLaw.Of(profile), profile.Source);

        public static string KindOf(string gpu, int gpus) => FormattableString.Invariant($"{gpus} x {(gpu.Length > 0 ? gpu : "the device")}");
    }

    /// <summary>A cell as the command line names it.</summary>
    /// <param name="Known">Of a new kind of GPU: one clip of that model and size on one of it.</param>
    private sealed record Wanted(string? Gpu, int? Gpus, string? Model, (int Width, int Height)? Size, Duration? Known)
    {
        /// <summary>Refuses what the table's GPUs, models and sizes do not span: nothing stands behind an extrapolation.</summary>
        public (PublishedCell Cell, PublishedCell? Known) In(ServiceProfile table)
        {
            var cells = PublishedCell.Of(table);
            var count = Gpus ?? throw Verb.Bad("--gpus", null, "is missing", "write for example 2");
            var ofGpu = Known is null ? OneOf(cells, "--gpu", Gpu, cell => cell.Gpu) : cells;
            var ofModel = OneOf(ofGpu, "--model", Model, cell => cell.Model);
            var like = OneOf(ofModel, "--size", Size is { } size ? Words(size.Width, size.Height) : null, cell => Words(cell.Width, cell.Height))[0];
            if (Known is { } seconds)
            {
                if (cells.Where(cell => cell.Family == like.Family).Select(cell => cell.Gpu).Distinct().Count() < 2)
                {
                    throw Verb.Bad("--model", Model, "was published for one kind of GPU only: how far off another would be predicted is not known", "write a model that several kinds have, for example wan2.2-t2v-a14b");
                }

                var one = like with { Gpu = Gpu ?? "new", Gpus = 1, Seconds = seconds.Seconds };
                return cells.Any(cell => cell.Gpu == one.Gpu) ? throw Verb.Bad("--known", null, $"is of a kind that the table has: {one.Gpu}", "leave it out")
                    : count == 1 ? throw Verb.Bad("--gpus", "1", "is what --known tells", "write a number of GPUs from 2")
                    : (one with { Gpus = count, Seconds = 0 }, one);
            }

            var wanted = like with { Gpus = count, Seconds = 0 };
            return ofModel.FirstOrDefault(cell => cell with { Seconds = 0 } == wanted) is { } published
                ? throw Verb.Bad("--gpus", FormattableString.Invariant($"{count}"), FormattableString.Invariant($"is published: {published.Seconds} s"), $"use --profile {Table}, or write a number of GPUs that is not in it")
                : (wanted, null);
        }

        private static List<PublishedCell> OneOf(IReadOnlyList<PublishedCell> cells, string option, string? word, Func<PublishedCell, string> of)
        {
            var choices = string.Join(", ", cells.Select(of).Distinct());
            var known = cells.Where(cell => of(cell) == word).ToList();
            return known.Count > 0 ? known : throw Verb.Bad(option, word, word is null ? "is missing" : "is not in the published table there", $"write one of {choices}");
        }

        private static string Words(int width, int height) => FormattableString.Invariant($"{width}x{height}");
    }
}
