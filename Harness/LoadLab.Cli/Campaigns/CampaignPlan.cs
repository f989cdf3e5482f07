using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Cli.Campaigns;

/// <summary>One profile is calibrated on some scenarios and held against others that it never saw.</summary>
/// <param name="Name">Of the profile.</param>
/// <param name="Calibrate">Played for the profile.</param>
/// <param name="Test">Played to be predicted.</param>
/// <param name="WarmUp">Calls intended in this first time of a run, in which the server's code is compiled, are played and do not count, in a calibration or a test.</param>
/// <param name="EachRound">Whether each round's tests are predicted from that round's calibration runs alone: the speed of a real model on a shared machine drifts.</param>
internal sealed record CampaignGroup(string Name, IReadOnlyList<Scenario> Calibrate, IReadOnlyList<Scenario> Test, Duration WarmUp, bool EachRound)
{
    /// <summary>Calibration runs and tests in turn, each kind spread evenly, a calibration first: both see the machine as it is at that time.</summary>
    public IEnumerable<Scenario> InTurn() => Calibrate.Select((scenario, i) => (scenario, Place: (double)i / Calibrate.Count))
        .Concat(Test.Select((scenario, i) => (scenario, Place: (i + 0.5) / Test.Count)))
        .OrderBy(one => one.Place).Select(one => one.scenario);
}

/// <summary>A campaign file: which scenarios are played live how often, and which predict which.</summary>
internal sealed record CampaignPlan
{
    private const int MostScenarios = 100;

    public required string Path { get; init; }

    public required string Name { get; init; }

    /// <summary>Live runs of each scenario, all of the same schedule; what an emulated server draws differs.</summary>
    public required int Repeats { get; init; }

    /// <summary>Simulations averaged for one prediction.</summary>
    public required int Simulations { get; init; }

    /// <summary>Scenarios that must be under load.</summary>
    public required int UnderLoad { get; init; }

    /// <summary>Most scenarios that may keep a bound by the interval of their repeats alone.</summary>
    public required int ByInterval { get; init; }

    public required IReadOnlyList<CampaignGroup> Groups { get; init; }

    /// <summary>Round by round, and in each round calibration and test runs of a group in turn.</summary>
    public IEnumerable<(Scenario Scenario, int Repeat)> Plays() =>
        Enumerable.Range(1, Repeats).SelectMany(repeat => Groups.SelectMany(group => group.InTurn()).Select(scenario => (scenario, repeat)));

    /// <exception cref="InputException">Every problem of the file and of its scenarios.</exception>
    public static CampaignPlan Load(string path)
    {
        var problems = new Problems();
        if (ScenarioFile.Read(Verb.File(path), problems) is not { } root)
        {
            throw new InputException(problems.All);
        }

        var plan = new CampaignPlan
        {
            Path = path,
            Name = root.RequiredText("name"),
            Repeats = root.Integer("repeats", 5, 2, 100),
            Simulations = root.Integer("simulations", 16, 1, 1000),
            UnderLoad = root.Integer("underLoad", 0, 0, MostScenarios),
            ByInterval = root.Integer("byInterval", 2, 0, MostScenarios),
            Groups = [.. root.Items("groups").Select(item => Group(item.Node, item.Path, problems)).OfType<CampaignGroup>()],
        };
        if (!root.Has("groups"))
        {
            root.Missing("groups", "[ { name: pico, calibrate: [ a.yaml ], test: [ b.yaml ] } ]");
        }

        root.Close();
        plan.Check(root, problems);
        problems.ThrowIfAny();
        return plan;
    }

    private static CampaignGroup? Group(Node node, string path, Problems problems)
    {
        if (Section.Open(node, path, problems) is not { } section)
        {
            return null;
        }

        var group = new CampaignGroup(section.RequiredText("name"), Scenarios(section, "calibrate"), Scenarios(section, "test"), section.Time("warmUp", Duration.Zero), section.Flag("eachRound", false));
        section.Close();
        return group;
    }

    private static List<Scenario> Scenarios(Section section, string field)
    {
        var files = section.Items(field);
        if (files.Count is 0 or > MostScenarios)
        {
            section.Problems.Add(section.Find(field) ?? section.Node, section.PathOf(field), null, $"names {files.Count} scenarios", $"name 1 to {MostScenarios} files");
        }

        var scenarios = new List<Scenario>();
        foreach (var (node, path) in files.Take(MostScenarios))
        {
            if (node is not ScalarNode file)
            {
                section.Problems.Add(node, path, null, "is not a file", "write a scenario's path, relative to this file");
                continue;
            }

            try
            {
                scenarios.Add(Scenario.Load(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(node.File) ?? "", file.Text)));
            }
            catch (InputException e)
            {
                e.Problems.ToList().ForEach(section.Problems.Add);
            }
        }

        return scenarios;
    }

    private void Check(Section root, Problems problems)
    {
        void Refuse(string what, string message, string fix) => problems.Add(root.Find("groups") ?? root.Node, "groups", what, message, fix);
        if (problems.Any)
        {
            return;
        }

        foreach (var again in Groups.SelectMany(group => group.Calibrate.Concat(group.Test)).GroupBy(scenario => scenario.Name, StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            Refuse(again.Key, "is the name of two scenarios", "a scenario stands once, and each has a name of its own: its runs are found by it");
        }

        foreach (var group in Groups)
        {
            var schedules = group.Calibrate.Select(scenario => scenario.Schedule()).ToList();
            var known = schedules.SelectMany(schedule => schedule.Calls).Select(Key).ToHashSet();
            foreach (var test in group.Test)
            {
                var schedule = test.Schedule();
                if (schedules.Any(calibration => calibration.Sha256 == schedule.Sha256))
                {
                    Refuse(test.Name, "has the schedule of a calibration scenario", "give it another load or another seed: the profile has seen this one");
                }

                foreach (var lacking in schedule.Calls.Select(Key).Where(key => !known.Contains(key)).Distinct())
                {
                    Refuse(test.Name, $"asks for {lacking}, which no calibration scenario of {group.Name} plays", "add it to one");
                }
            }

            foreach (var other in group.Calibrate.Concat(group.Test).Where(scenario => (scenario.Profile is null) != (group.Calibrate[0].Profile is null)))
            {
                Refuse(other.Name, $"is {(other.Profile is null ? "of a real model" : "emulated")} and the first of {group.Name} is not", "calibrate real models and emulated ones apart");
            }
        }
    }

    private static string Key(ScheduledCall call) => $"{call.Model} {new Shape(call.Width, call.Height, call.Frames, call.Steps, call.Guidance is not 1)}";
}
