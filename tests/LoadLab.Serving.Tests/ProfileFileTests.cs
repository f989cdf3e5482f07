using System.Text;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Profiles;

namespace LoadLab.Serving.Tests;

public class ProfileFileTests
{
    private const string Minimal = """{"name":"n","device":"d","evidence":"published","services":[{"model":"m","width":8,"height":8,"frames":5,"steps":2,"whole":{"mean_s":3}}]}""";

    public static TheoryData<string> Shipped => [.. Directory.GetFiles(Checkout.At("Scenarios", "profiles"), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Shipped_profile_loads_and_says_that_no_real_call_stands_behind_it(string file)
    {
        var profile = ProfileFile.Read(Path.Combine(Checkout.At("Scenarios", "profiles"), file));
        Assert.Equal(Path.GetFileNameWithoutExtension(file), profile.Name);
        Assert.Equal(("published", 0), (profile.Evidence, profile.RealCalls));
        Assert.NotEmpty(profile.Source);
        Assert.NotEmpty(profile.Assumptions);
    }

    [Theory]
    [InlineData("wan2.2-t2v-a14b-h100-1gpu", "wan2.2-t2v-a14b", 832, 480, 81, 40, 326.9)]
    [InlineData("wan2.2-t2v-a14b-h100-8gpu", "wan2.2-t2v-a14b", 832, 480, 81, 40, 51.5)]
    [InlineData("wan2.2-t2v-a14b-a100-1gpu", "wan2.2-t2v-a14b", 1280, 720, 81, 40, 2735.7)]
    [InlineData("wan2.2-t2v-a14b-h20-1gpu", "wan2.2-t2v-a14b", 832, 480, 81, 40, 1133.9)]
    [InlineData("wan2.2-ti2v-5b-4090-1gpu", "wan2.2-ti2v-5b", 1280, 704, 121, 50, 534.7)]
    public void Shipped_profile_holds_the_published_figure(string file, string model, int width, int height, int frames, int steps, double seconds)
    {
        var time = ProfileFile.Read(Path.Combine(Checkout.At("Scenarios", "profiles"), file + ".json")).Find(model, new Shape(width, height, frames, steps, true), 1);
        Assert.Equal(seconds, time!.Whole.MeanS);
    }

    [Fact]
    public void Shipped_cold_start_has_the_traces_mean_and_p90()
    {
        var cold = ProfileFile.Read(Path.Combine(Checkout.At("Scenarios", "profiles"), "wan2.2-t2v-a14b-h100-1gpu.json")).ColdStart!;
        var draws = Enumerable.Range(0, 40_000).Select(i => cold.Draw((i + 0.5) / 40_000)).ToList();
        Assert.Equal(21.99, draws.Average(), 0.05);

        // Forty slices of probability: the one below 0.9 has a mean somewhat below the p90 itself.
        Assert.InRange(Percentile.Of(draws, 0.9), 39.5, 41.99);
        Assert.InRange(Percentile.Of(draws, 0.9001), 41.99, 45);
    }

    [Fact]
    public void Written_profile_reads_back_the_same_bytes()
    {
        var bytes = ProfileFile.ToBytes(ProfileFile.Parse(Encoding.UTF8.GetBytes(Minimal), "p.json"));
        Assert.Equal(bytes, ProfileFile.ToBytes(ProfileFile.Parse(bytes, "p.json")));
        Assert.DoesNotContain((byte)'\r', bytes);
    }

    [Fact]
    public void Misspelt_field_is_refused_by_name_and_line()
    {
        var error = Refused(Minimal.Replace("\"device\"", "\n\"devise\"", StringComparison.Ordinal));
        Assert.Equal(2, error.Problems[0].Line);
        Assert.Contains("devise", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_value_out_of_range_is_told_at_once()
    {
        var text = Minimal.Replace("\"published\"", "\"guessed\"", StringComparison.Ordinal)
            .Replace("\"width\":8", "\"width\":0", StringComparison.Ordinal)
            .Replace("\"mean_s\":3", "\"mean_s\":-3,\"ratios\":[2,0.5]", StringComparison.Ordinal);
        Assert.Equal(
            ["evidence", "services[0].width", "services[0].whole.mean_s", "services[0].whole.ratios", "services[0].whole.ratios"],
            Refused(text).Problems.Select(problem => problem.Field));
    }

    [Fact]
    public void Published_profile_cannot_claim_real_calls() =>
        Assert.Contains("real calls cannot stand behind published evidence", Refused(Minimal.Replace("\"name\"", "\"real_calls\":5,\"name\"", StringComparison.Ordinal)).Message, StringComparison.Ordinal);

    [Fact]
    public void Damaged_profiles_are_refused_and_never_crash()
    {
        var valid = File.ReadAllBytes(Path.Combine(Checkout.At("Scenarios", "profiles"), "wan2.2-t2v-a14b-h100-1gpu.json"));
        var random = new Seed(1).Stream("mutations");
        var refused = 0;
        for (var i = 0; i < 2000; i++)
        {
            var bytes = valid.ToArray();
            bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            try
            {
                ProfileFile.Parse(bytes, "p.json");
            }
            catch (InputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 200, 1999);
    }

    [Fact]
    public void Draws_keep_the_mean_of_many_times()
    {
        var seconds = Enumerable.Range(1, 5000).Select(i => (double)i).ToList();
        var time = SampledTime.Of(seconds);
        Assert.Equal(SampledTime.MaxRatios, time.Ratios.Count);
        Assert.Equal(5000, time.Count);
        Assert.Equal(2500.5, time.MeanS * time.Ratios.Average(), 2.0);
    }

    private static InputException Refused(string text) => Assert.Throws<InputException>(() => ProfileFile.Parse(Encoding.UTF8.GetBytes(text), "p.json"));
}
