using LoadLab.Core;
using LoadLab.Core.Input;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload.Tests;

public sealed class RatePresetTests
{
    private const double Week = 7 * 86400;

    public static TheoryData<string> Names => [.. PresetLibrary.Names];

    [Fact]
    public void Library_holds_the_files_of_the_presets_folder()
    {
        Assert.Equal(["gentd26-day", "servegen-weeks", "worldcup-flash"], PresetLibrary.Names);
        foreach (var file in Directory.GetFiles(Repository.File("Scenarios", "presets")))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            Assert.Equal(name, PresetLibrary.Get(name).Name);
            Assert.Equal(PresetLibrary.Get(name).OwnRate, PresetLibrary.Read(File.ReadAllText(file), file).OwnRate);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Expected_rate_over_a_week_is_the_mean_asked_for(string name)
    {
        var totals = Enumerable.Range(0, 40).Select(seed => Curve(name, 0.5, Calendar.Default, Week, seed).Total / Week).ToArray();
        var error = Math.Sqrt(Figures.Variance(totals) / totals.Length);
        Assert.Equal(0.5, totals.Average(), 4 * error);
        Assert.True(error < 0.02);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compressed_calendar_passes_the_same_rates_faster(string name)
    {
        var start = new DateTimeOffset(2026, 1, 7, 18, 17, 0, TimeSpan.Zero);
        var slow = Curve(name, 0.5, new Calendar(start, 1), 2 * 86400, 3);
        var fast = Curve(name, 0.5, new Calendar(start, 1440), 120, 3);
        for (var t = 0.25; t < 120; t += 0.5)
        {
            Assert.Equal(slow.RateAt(t * 1440), fast.RateAt(t), 6);
        }

        Assert.All(slow.Segments.Zip(slow.Segments.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        ShapesTests.AssertInverse(slow);
    }

    [Fact]
    public void Rate_is_continuous_where_the_day_is()
    {
        var segments = Curve("worldcup-flash", 1, Calendar.Default, 3 * 86400, 1).Segments;
        var jumps = segments.Zip(segments.Skip(1)).Where(pair => Math.Abs(pair.First.To - pair.Second.From) > 1e-9).Select(pair => pair.First.End / 86400).ToArray();

        // Only at midnight, where the factor of the day changes.
        Assert.Equal([1.0, 2.0], jumps.Select(day => Math.Round(day, 9)));
    }

    [Fact]
    public void Preset_is_drawn_by_seed_and_place_and_brings_its_process()
    {
        const string Text = "name: p\nseed: SEED\ncalendar: { compress: 1440 }\nworkload: { duration: 60s, PROCESS arrivals: [ { preset: { name: servegen-weeks, mean: 9/s } } ] }\n";
        string Of(string seed, string process) => Text.Replace("SEED", seed, StringComparison.Ordinal).Replace("PROCESS", process, StringComparison.Ordinal);
        var one = Repository.Bind(Of("1", "")).Sources[0];
        Assert.Equal(one.Arrivals.Segments, Repository.Bind(Of("1", "")).Sources[0].Arrivals.Segments);
        Assert.NotEqual(one.Arrivals.Segments, Repository.Bind(Of("2", "")).Sources[0].Arrivals.Segments);
        Assert.IsType<ArrivalProcess.Clumps>(one.Process);
        Assert.IsType<ArrivalProcess.Even>(Repository.Bind(Of("1", "process: even, ")).Sources[0].Process);
    }

    [Fact]
    public void Presets_of_different_processes_need_sources_of_their_own()
    {
        var thrown = Assert.Throws<InputException>(() => Repository.Bind("name: p\nworkload: { duration: 60s, arrivals: [ { preset: { name: servegen-weeks, mean: 9/s } }, { preset: { name: gentd26-day, mean: 9/s } } ] }\n"));
        Assert.Contains("give each preset its own source: merge", Assert.Single(thrown.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Preset_file_with_mistakes_is_refused_with_all_of_them()
    {
        var thrown = Assert.Throws<InputException>(() => PresetLibrary.Read("name: x\nsource: s\nlicence: l\nunmatched: u\nownRate: 3\nhours: [1, 2]\nweek: [1]\nstepp: 1m\n", "x.yaml"));
        Assert.Equal(
            ["x.yaml:5: ownRate", "x.yaml:6: hours", "x.yaml:7: week", "x.yaml:1: fitted", "x.yaml:8: stepp"],
            ((string[])["ownRate", "hours", "week", "fitted", "stepp"]).Select(field => thrown.Problems.Single(problem => problem.Field == field)).Select(problem => $"{problem.File}:{problem.Line}: {problem.Field}"));
    }

    private static RateCurve Curve(string name, double mean, Calendar calendar, double length, int seed) =>
        RateCurve.Sum(length, [PresetLibrary.Get(name).Rate(mean, calendar, length, new Seed((ulong)seed))]);
}
