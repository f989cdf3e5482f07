using System.CommandLine;
using System.Text;
using LoadLab.Cli.Campaigns;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Planning;
using LoadLab.Reports;

namespace LoadLab.Cli.Verbs;

/// <summary>fidelity RUN… --profile P: recorded runs again in the simulator, with the error; --campaign FILE: plays the runs as well.</summary>
internal static class FidelityVerb
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "a run folder of a local run, or the repeats of one", Arity = ArgumentArity.ZeroOrMore };
        var profile = Verb.Text("--profile", "a file that calibrate wrote from other runs");
        var replications = Verb.Whole("--replications", "simulations of each run to average", 8, 1, 10_000);
        var warmUp = Verb.Time("--warm-up", "leave the calls of this first time out of every figure, measured and predicted");
        var campaign = Verb.Text("--campaign", "instead of RUN: plays a campaign's scenarios, calibrates on some and predicts the others, for example Scenarios/fidelity/campaign.yaml");
        var root = Verb.Text("--root", "with --campaign: folder of its runs; those that are there are not played again (default runs/NAME)");
        var minutes = Verb.Whole("--max-minutes", "with --campaign: begin no run that would not end by then", 1, 100_000);
        var page = new Option<string?>("--out", "-o") { Description = "with --campaign: also write the page to a file, for example docs/fidelity.md" };
        return new Command("fidelity", "Replays recorded runs in the simulator and prints the error.") { runs, profile, replications, warmUp, campaign, root, minutes, page }.Does((parsed, output, stop) =>
        {
            var folders = parsed.GetValue(runs) ?? [];
            if (parsed.GetValue(campaign) is { } file)
            {
                return folders.Length > 0 || parsed.GetValue(profile) is not null || parsed.GetValue(warmUp) is not null
                    ? throw Verb.Bad("--campaign", file, "stands beside RUN, --profile or --warm-up", "a campaign plays and calibrates itself, and its file says the rest: leave them out")
                    : CampaignAsync(file, parsed.GetValue(root), parsed.GetValue(minutes), parsed.GetValue(page), output, stop);
            }

            if (parsed.GetValue(root) is not null || parsed.GetValue(minutes) is not null || parsed.GetValue(page) is not null)
            {
                throw Verb.Bad("--root, --max-minutes, --out", null, "are for --campaign", "leave them out, or name a campaign");
            }

            Print(Compare([.. folders.Select(RunIntegrity.Open)], parsed.GetValue(profile), parsed.GetValue(replications), parsed.GetValue(warmUp) ?? Duration.Zero), output);
            return Task.FromResult(ExitCode.Done);
        });
    }

    public static FidelityView View(RunFolder folder, FidelityReport report) => View(folder, [report]);

    private static FidelityView View(RunFolder folder, IReadOnlyList<FidelityReport> repeats) => new(
        folder.ReadManifest().Scenario,
        folder.ReadManifest().Device,
        repeats[0].ProfileRealCalls,
        repeats.Sum(report => report.RunRealCalls),
        repeats[0].Replications,
        repeats[0].CalibratedOnThisRun,
        FidelityRow.Of(repeats))
    {
        Repeats = repeats.Count,
    };

    private static FidelityView Compare(IReadOnlyList<RunFolder> folders, string? profile, int replications, Duration warmUp)
    {
        if (folders.Count == 0)
        {
            throw Verb.Bad("RUN", null, "is missing", "give a run folder of a local run, or --campaign FILE");
        }

        var first = folders[0].ReadManifest();
        var problems = new Problems();
        foreach (var (other, manifest) in folders.Skip(1).Select(folder => (folder, folder.ReadManifest())))
        {
            if (manifest.ScheduleSha256 != first.ScheduleSha256)
            {
                problems.Add(new Problem(other.FullPath, 0, "schedule_sha256", manifest.ScheduleSha256, $"is not the schedule of {folders[0].FullPath}", "several runs are repeats of one schedule; compare others one by one"));
            }
        }

        foreach (var again in folders.GroupBy(folder => folder.FullPath).Where(same => same.Count() > 1))
        {
            problems.Add(new Problem(again.Key, 0, "", null, "is given twice", "give each repeat one time"));
        }

        problems.ThrowIfAny();
        var times = Profiles.Load(profile);
        return View(folders[0], [.. folders.Select(folder => Fidelity.Compare(folder, times, replications, warmUp))]);
    }

    private static void Print(FidelityView view, Output output)
    {
        output.Document(view);
        if (view.CalibratedOnThisRun)
        {
            output.Progress("warning: the profile was calibrated on this run; its errors say nothing about runs that it has not seen");
        }

        output.Line(view.Wording);
        output.Table("", FidelityView.Head(view.Repeats > 1), view.Cells());
        output.Line(FidelityView.Naive);
    }

    private static async Task<int> CampaignAsync(string file, string? root, int? minutes, string? page, Output output, CancellationToken stop)
    {
        var plan = CampaignPlan.Load(file);
        var path = page is null ? null : Verb.File(page);
        var folder = root ?? Path.Combine("runs", plan.Name);
        var runs = new CampaignRuns(plan, folder, (scenario, slot, draws, ended) => PlayAsync(scenario, slot, draws, output, ended));
        if (!await runs.CompleteAsync(minutes is { } most ? TimeSpan.FromMinutes(most) : null, TimeProvider.System, output.Progress, stop).ConfigureAwait(false))
        {
            return ExitCode.Failed;
        }

        var command = $"./loadlab fidelity --campaign {file}{(root is null ? "" : $" --root {root}")}{(page is null ? "" : $" -o {page}")}";
        var report = new CampaignStudy(plan, runs, folder, command).Report(output.Progress);
        var text = CampaignPage.Write(report);
        if (path is not null)
        {
            await File.WriteAllTextAsync(path, text, new UTF8Encoding(false), stop).ConfigureAwait(false);
        }

        output.Document(report);
        output.Line(text);
        return report.Passed ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task PlayAsync(Scenario scenario, string slot, ulong draws, Output output, CancellationToken stop)
    {
        var result = await LiveRun.PlayAsync(scenario, new LiveRunOptions { Root = slot, Draws = new Seed(draws) }, output, stop).ConfigureAwait(false);
        if (result.TargetEnded is { } ended)
        {
            throw new TargetFailedException(ended);
        }
    }
}
