using System.Text;

namespace LoadLab.Workload.Tests;

/// <summary>Each preset matches its trace within the bounds that docs/benchmarks/presets.md states. LOADLAB_PRESET_FIT=FOLDER writes its sections there.</summary>
public sealed class PresetFitTests(ITestOutputHelper output)
{
    [Fact]
    public void Gentd26_day_matches_its_trace() => Check("gentd26-day", "gentd26-image-requests-dev.csv.gz", PresetFit.GenTd26);

    [Fact]
    public void Servegen_weeks_match_their_trace() => Check("servegen-weeks", "servegen-m-small-14d.csv.gz", PresetFit.ServeGen);

    [Fact]
    public void Worldcup_flash_matches_its_trace() => Check("worldcup-flash", "worldcup98-per-minute-dev.csv.gz", PresetFit.WorldCup);

    private void Check(string preset, string trace, Func<string, IReadOnlyList<FitRow>> fit)
    {
        var rows = fit(Repository.Shared("traces", trace));
        var text = Section(PresetLibrary.Get(preset), rows);
        output.WriteLine(text);
        if (Environment.GetEnvironmentVariable("LOADLAB_PRESET_FIT") is { Length: > 0 } folder)
        {
            File.WriteAllText(Path.Combine(folder, $"{preset}.md"), text);
        }

        Assert.All(rows, row => Assert.True(row.Passes, row.ToString()));
    }

    /// <summary>A section of the page.</summary>
    private static string Section(RatePreset preset, IReadOnlyList<FitRow> rows) => new StringBuilder($"## {preset.Name}\n\n")
        .Append($"Source: {preset.Source}. Licence: {preset.Licence}.\n\nFitted to: {preset.Fitted}\n\nNot matched: {preset.Unmatched}\n\n")
        .Append("| figure | trace | preset, mean | range over the seeds | bound on the mean | kept |\n|---|---|---|---|---|---|\n")
        .AppendJoin('\n', rows).Append('\n').ToString();
}
