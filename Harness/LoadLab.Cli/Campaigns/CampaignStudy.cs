using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Planning;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Campaigns;

/// <summary>From the recorded runs of a campaign to its report: calibrates each group, simulates every test run, compares.</summary>
internal sealed class CampaignStudy(CampaignPlan plan, CampaignRuns runs, string root, string command)
{
    /// <summary>The profiles are left in the root. Every run must be there.</summary>
    public CampaignReport Report(Action<string> progress)
    {
        var all = plan.Plays().Select(one => Whole(one.Scenario, one.Repeat).ReadManifest()).ToList();
        var profiles = plan.Groups.Select(Calibrate).ToList();
        var scenarios = plan.Groups.Zip(profiles, (group, profile) => group.Test.Select(test =>
        {
            progress($"simulating {test.Name}");
            return Predict(group, profile.ByRepeat, test);
        })).SelectMany(tests => tests).ToList();
        return new CampaignReport(
            plan.Name,
            command,
            [.. all.Select(manifest => manifest.Machine).Distinct()],
            FormattableString.Invariant($"{all.Min(manifest => manifest.StartedUtc):yyyy-MM-dd HH:mm} to {all.Max(manifest => manifest.StartedUtc):yyyy-MM-dd HH:mm} UTC"),
            all.Sum(manifest => ((manifest.EndedUtc ?? manifest.StartedUtc) - manifest.StartedUtc).TotalMinutes),
            plan.Repeats,
            plan.Simulations,
            plan.UnderLoad,
            plan.ByInterval,
            [.. profiles.Select(profile => profile.Said)],
            scenarios,
            runs.Discarded());
    }

    private (IReadOnlyList<ServiceProfile> ByRepeat, CampaignProfile Said) Calibrate(CampaignGroup group)
    {
        ServiceProfile Profile(string name, IEnumerable<RunFolder> runs)
        {
            var profile = Calibration.FromRuns([.. runs], name, warmUp: group.WarmUp);
            ProfileFile.Write(Path.Combine(root, $"profile-{name}.yaml"), profile);
            return profile;
        }

        var repeats = Enumerable.Range(1, plan.Repeats).ToList();
        var folders = group.Calibrate.SelectMany(Repeats).ToList();
        IReadOnlyList<ServiceProfile> byRepeat = group.EachRound
            ? [.. repeats.Select(repeat => Profile($"{group.Name}-{repeat}", group.Calibrate.Select(scenario => Whole(scenario, repeat))))]
            : [.. Enumerable.Repeat(Profile(group.Name, folders), plan.Repeats)];
        var (real, emulated) = Calls(folders);
        return (byRepeat, new CampaignProfile(group.Name, group.EachRound, group.WarmUp.Seconds, byRepeat[0].Evidence, group.Calibrate.ToDictionary(scenario => scenario.Name, scenario => scenario.Schedule().Sha256), folders.Count, real, emulated));
    }

    private CampaignScenario Predict(CampaignGroup group, IReadOnlyList<ServiceProfile> byRepeat, Scenario test)
    {
        var folders = Repeats(test);
        var reports = folders.Zip(byRepeat, (folder, profile) => Fidelity.Compare(folder, profile, plan.Simulations, group.WarmUp)).ToList();
        if (reports.Any(report => report.CalibratedOnThisRun))
        {
            throw new InputException(new Problem(test.Path, 0, "", test.Name, "was seen by the profile that predicts it", "give it another load or another seed"));
        }

        var (real, emulated) = Calls(folders);
        return new CampaignScenario(test.Name, About(test.Text), group.Name, test.Seed.Value, test.Schedule().Sha256, reports[0].Planned, reports[0].Counted, real, emulated, FidelityRow.Of(reports), Quietness.Of(folders));
    }

    private List<RunFolder> Repeats(Scenario scenario) => [.. Enumerable.Range(1, plan.Repeats).Select(repeat => Whole(scenario, repeat))];

    private RunFolder Whole(Scenario scenario, int repeat) =>
        RunIntegrity.Open((runs.Find(scenario, repeat) ?? throw new InputException(new Problem(root, 0, "", scenario.Name, $"has no whole run of repeat {repeat}", "play the campaign to its end"))).FullPath);

    private static (int Real, int Emulated) Calls(IEnumerable<RunFolder> folders)
    {
        var manifests = folders.Select(folder => folder.ReadManifest()).ToList();
        var completed = manifests.Sum(manifest => manifest.Outcomes?.GetValueOrDefault(Words.Of(Outcome.Completed)) ?? 0);
        var real = manifests.Sum(manifest => manifest.RealCalls);
        return (real, completed - real);
    }

    /// <summary>The first comment of the file that is a sentence.</summary>
    private static string About(string text) => text.Split('\n')
        .TakeWhile(line => line.StartsWith('#')).Select(line => line.TrimStart('#', ' ').TrimEnd()).FirstOrDefault(line => line.Length > 0 && !line.StartsWith("yaml-language-server", StringComparison.Ordinal)) ?? "";
}
