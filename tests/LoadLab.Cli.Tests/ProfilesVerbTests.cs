using LoadLab.Cli.Verbs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Tests;

public sealed class ProfilesVerbTests(Workspace workspace)
{
    /// <summary>LOADLAB_UPDATE_GOLDEN=1 rewrites it.</summary>
    [Fact]
    public void Page_is_what_the_command_writes()
    {
        var path = Repository.At("docs", "profiles.md");
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, ProfilesVerb.Page());
        }

        Assert.Equal(File.ReadAllText(path), ProfilesVerb.Page());
    }

    [Fact]
    public async Task List_has_every_shipped_profile_with_its_source_and_law()
    {
        var list = (await LoadLabProcess.RunAsync(workspace, "profiles", "--json")).Document().GetProperty("profiles");
        Assert.Equal(Directory.GetFiles(Repository.At("Scenarios", "profiles")).Length, list.GetArrayLength());
        Assert.All(list.EnumerateArray(), line => Assert.True(line.GetProperty("source").GetString()!.Length > 0 && line.GetProperty("law").GetString()!.StartsWith("T(", StringComparison.Ordinal) && line.GetProperty("real_calls").GetInt32() == 0));
        var table = list.EnumerateArray().Single(line => line.GetProperty("name").GetString() == "wan22-published");
        Assert.Equal(12, table.GetProperty("kinds").GetArrayLength());
    }

    [Fact]
    public async Task Predicted_profile_is_read_back_and_says_that_it_is_predicted()
    {
        var path = workspace.NewPath("predicted") + ".yaml";
        var document = (await LoadLabProcess.RunAsync(workspace, "profiles", "--predict", "--gpu", "h100", "--gpus", "2", "--model", "wan2.2-t2v-a14b", "--size", "832x480", "-o", path, "--json")).Document();
        var profile = ProfileFile.Read(path);
        Assert.Equal(document.GetProperty("seconds").GetDouble(), profile.For("h100", 2)!.Services.Single().Whole.MeanS);
        Assert.Equal("GPU count", document.GetProperty("error").GetProperty("name").GetString());
        Assert.Contains("predicted, not published", profile.Assumptions[0]);
    }

    /// <summary>The A100's own figure, as if of a kind that nobody published: what follows is near what was published.</summary>
    [Fact]
    public async Task New_kind_of_gpu_is_predicted_from_one_figure_of_it()
    {
        var document = (await LoadLabProcess.RunAsync(workspace, "profiles", "--predict", "--gpu", "mine", "--known", "785.7s", "--gpus", "8", "--model", "wan2.2-t2v-a14b", "--size", "832x480", "--json")).Document();
        Assert.Equal(119.9, document.GetProperty("seconds").GetDouble(), 119.9 * 0.05);
        Assert.Equal("GPU kind", document.GetProperty("error").GetProperty("name").GetString());
        Assert.Contains("785.7 s", document.GetProperty("profile").GetProperty("assumptions")[1].GetString());
    }

    [Theory]
    [InlineData("--known is of a kind that the table has: h100", "--gpu", "h100", "--gpus", "2", "--model", "wan2.2-t2v-a14b", "--size", "832x480", "--known", "300s")]
    [InlineData("--model = \"wan2.2-ti2v-5b\" was published for one kind of GPU only", "--gpu", "mine", "--gpus", "4", "--model", "wan2.2-ti2v-5b", "--size", "1280x704", "--known", "300s")]
    [InlineData("--gpus = \"1\" is what --known tells", "--gpu", "mine", "--gpus", "1", "--model", "wan2.2-t2v-a14b", "--size", "832x480", "--known", "300s")]
    [InlineData("--gpu = \"h200\" is not in the published table there; write one of 4090, h20, a100, h100", "--gpu", "h200", "--gpus", "2", "--model", "wan2.2-t2v-a14b", "--size", "832x480")]
    [InlineData("--model = \"wan2.2-t2v-a14b\" is not in the published table there; write one of wan2.2-ti2v-5b, wan2.2-ti2v-5b-i2v", "--gpu", "4090", "--gpus", "2", "--model", "wan2.2-t2v-a14b", "--size", "832x480")]
    [InlineData("--size = \"640x480\" is not in the published table there; write one of 832x480, 1280x720", "--gpu", "h100", "--gpus", "2", "--model", "wan2.2-t2v-a14b", "--size", "640x480")]
    [InlineData("--gpus = \"4\" is published: 91.7 s", "--gpu", "h100", "--gpus", "4", "--model", "wan2.2-t2v-a14b", "--size", "832x480")]
    [InlineData("--gpus = \"16\" is not a whole number from 1 to 8", "--gpu", "h100", "--gpus", "16", "--model", "wan2.2-t2v-a14b", "--size", "832x480")]
    public async Task Cell_that_the_table_does_not_span_is_refused_with_what_it_spans(string said, params string[] args)
    {
        var result = (await LoadLabProcess.RunAsync(workspace, ["profiles", "--predict", .. args])).Exits(2);
        Assert.Contains(said, result.Stderr);
    }
}
