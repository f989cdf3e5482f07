using System.Text;
using LoadLab.Cli.Claims;
using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Planning;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Tests;

/// <summary>The study is run once for all tests of the page: it is the verb's whole computation.</summary>
public sealed class ClaimStudyRun
{
    internal ClaimsReport Report { get; } = ClaimStudy.Run(_ => { }, CancellationToken.None);
}

/// <summary>docs/article-claims.md is what `loadlab claims` computes. LOADLAB_UPDATE_GOLDEN=1 rewrites it.</summary>
public sealed class ClaimsTests(ClaimStudyRun study) : IClassFixture<ClaimStudyRun>
{
    private static readonly string s_page = Repository.At("docs", "article-claims.md");

    [Fact]
    public void Page_is_what_the_command_computes()
    {
        var expected = ClaimsPage.Write(study.Report);
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(s_page, expected, new UTF8Encoding(false));
        }

        Assert.Equal(expected, File.ReadAllText(s_page));
    }

    [Fact]
    public void Every_claim_has_a_row_or_says_who_answers_it()
    {
        Assert.Equal(ArticleClaims.All.Select(claim => claim.Id).Order(StringComparer.Ordinal), study.Report.Rows.Select(row => row.Id).Concat(study.Report.Elsewhere.Select(other => other.Id)).Order(StringComparer.Ordinal));
        Assert.All(study.Report.Elsewhere, other => Assert.NotEmpty(other.Where));
    }

    [Fact]
    public void Every_row_has_a_figure_of_some_kind() =>
        Assert.All(study.Report.Rows, row => Assert.True(row.Figures.Length + row.Simulated.Length > 0, row.Id));

    [Fact]
    public void Every_simulated_row_names_its_runs_and_every_scenario_is_behind_a_row()
    {
        Assert.All(study.Report.Rows, row => Assert.Equal(row.Simulated.Length > 0, row.Runs.Count > 0));
        var played = study.Report.Rows.SelectMany(row => row.Runs).Select(run => run.Scenario).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(Files.Select(file => Path.GetFileNameWithoutExtension((string)file)).Order(StringComparer.Ordinal), played);
    }

    /// <summary>What the list of claims says of each, kept apart from how it is computed.</summary>
    [Theory]
    [InlineData("A10", ClaimVerdict.FiguresDisagree, "1.10 / 2 = 0.55")]
    [InlineData("B4", ClaimVerdict.FiguresDisagree, "T(4) = 22.8")]
    [InlineData("B7", ClaimVerdict.FiguresDisagree, "(40 - 4) / 20 is 1")]
    [InlineData("A1", ClaimVerdict.Supported, "4,999,787,712")]
    [InlineData("A18", ClaimVerdict.Contradicted, "16x16x4")]
    [InlineData("A19", ClaimVerdict.Contradicted, "53.1 %")]
    [InlineData("A20", ClaimVerdict.Contradicted, "4n+1")]
    [InlineData("B18", ClaimVerdict.Supported, "134.3 against 521.9 PFLOP")]
    [InlineData("B19", ClaimVerdict.Supported, "133.3 GPU-hours a day: at least 5.56 GPUs")]
    public void Figure_of_the_list_of_claims_comes_out_of_the_formulas(string id, ClaimVerdict verdict, string figure)
    {
        var row = study.Report.Rows.Single(row => row.Id == id);
        Assert.Equal(verdict, row.Verdict);
        Assert.Contains(figure, row.Figures);
    }

    [Fact]
    public void Report_is_a_document()
    {
        var json = JsonDocuments.Serialize(study.Report);
        Assert.Contains("\"verdict\": \"rule_not_number\"", json);
        Assert.Contains("\"scenario\": \"thousand-a-day\"", json);
    }

    public static TheoryData<string> Files => [.. Directory.GetFiles(Repository.At("Scenarios", "claims"), "*.yaml").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Scenario_of_the_claims_loads_and_says_in_two_lines_what_it_is_for(string file)
    {
        var path = Repository.At("Scenarios", "claims", file);
        var scenario = Scenario.Load(path);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), scenario.Name);
        Assert.NotEmpty(scenario.Schedule().Calls);
        var lines = File.ReadAllLines(path);
        Assert.StartsWith("# Claim", lines[1]);
        Assert.StartsWith("# ", lines[2]);
        Assert.StartsWith("name: ", lines[3]);
    }

    [Theory]
    [InlineData("article-a", 1, 3)]
    [InlineData("article-pair", 2, 3 * ArticleFigures.A9Ratio)]
    [InlineData("article-batch4", 4, ArticleFigures.B3Seconds)]
    [InlineData("article-batch4-unit", 4, ArticleFigures.B4Minutes * 60 * 4)]
    [InlineData("measured", 4, 480 * 1919.707 / 466.765)]
    public void Profile_of_an_article_has_its_batch_s_time_and_no_real_call(string name, int batch, double seconds)
    {
        var profile = Profiles.Load(name);
        Assert.Equal(0, profile.RealCalls);
        Assert.NotEmpty(profile.Source);
        Assert.Equal(seconds, Last(profile, batch), 0.001);
    }

    /// <summary>Text counts the rows of two prompts; the profile carries the shares as seconds, to the microsecond.</summary>
    [Fact]
    public void Stages_of_the_measured_profile_are_in_proportion_to_their_operations()
    {
        var (model, shape) = (ModelCatalog.T2VA14B, new JobShape(832, 480, 81, 40));
        var text = 2 * model.Transformer.TextLength * WanCost.EncodeFlopsPerToken(model);
        var denoise = WanCost.DenoiseFlops(model, shape, isGuided: true);
        var all = text + denoise + WanCost.DecodeFlops(model, shape);
        Assert.All(Profiles.Load("measured").Services.Where(entry => entry.Model == model.Name), entry =>
        {
            Assert.Equal(text / all, entry.TextShare!.Value, 1e-6);
            Assert.Equal(denoise / all, entry.DenoiseShare!.Value, 1e-5);
        });
    }

    private static double Last(ServiceProfile profile, int batch) => profile.Services.Where(entry => entry.Batch == batch).Max(entry => entry.Whole.MeanS);
}
