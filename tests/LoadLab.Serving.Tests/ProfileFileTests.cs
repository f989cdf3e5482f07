using System.Text;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Profiles;

namespace LoadLab.Serving.Tests;

public class ProfileFileTests
{
    private const string Marks = "{}[]:,-#&*!|>'\"%@`\n\t 0e.";
    private const string Minimal = """{"name":"n","device":"d","evidence":"published","services":[{"model":"m","width":8,"height":8,"frames":5,"steps":2,"whole":{"mean_s":3}}]}""";

    public static TheoryData<string> Shipped => [.. Directory.GetFiles(Checkout.At("Scenarios", "profiles"), "*.yaml").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

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
        var time = ProfileFile.Read(Path.Combine(Checkout.At("Scenarios", "profiles"), file + ".yaml")).Find(model, new Shape(width, height, frames, steps, true), 1);
        Assert.Equal(seconds, time!.Whole.MeanS);
    }

    [Fact]
    public void Shipped_cold_start_has_the_traces_mean_and_p90()
    {
        var cold = ProfileFile.Read(Path.Combine(Checkout.At("Scenarios", "profiles"), "wan2.2-t2v-a14b-h100-1gpu.yaml")).ColdStart!;
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
        Assert.Equal(2, error.Problems.Single(problem => problem.Field == "devise").Line);
        Assert.Contains("did you mean device?", error.Message, StringComparison.Ordinal);
        Assert.Contains("device is missing", error.Message, StringComparison.Ordinal);
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

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Shipped_profile_written_again_is_the_same_profile(string file)
    {
        var profile = ProfileFile.Read(Path.Combine(Checkout.At("Scenarios", "profiles"), file));
        Assert.Equal(JsonSerializer.Serialize(profile), JsonSerializer.Serialize(ProfileFile.Parse(ProfileFile.ToBytes(profile), file)));
    }

    [Fact]
    public void Every_field_is_written_and_read()
    {
        var profile = Whole();
        var bytes = ProfileFile.ToBytes(profile);
        var read = ProfileFile.Parse(bytes, "p.yaml");
        Assert.Equal(JsonSerializer.Serialize(profile), JsonSerializer.Serialize(read));
        Assert.Equal(bytes, ProfileFile.ToBytes(read));
        var text = Encoding.UTF8.GetString(bytes);
        Assert.StartsWith("# Service times of video models, in seconds. 12 real calls stand behind them.\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
    }

    [Theory]
    [InlineData("12")]
    [InlineData("true")]
    [InlineData(": # - {a}")]
    [InlineData("\"quoted\\ \u0001\u2028\ttab\nline")]
    [InlineData("视频 🎬 é")]
    [InlineData(" spaces at both ends ")]
    public void Any_text_survives(string text)
    {
        var profile = Whole() with { Source = text, Assumptions = [text, "b"], Runs = [text] };
        var read = ProfileFile.Parse(ProfileFile.ToBytes(profile), "p.yaml");
        Assert.Equal((text, text, text), (read.Source, read.Assumptions[0], read.Runs[0]));
    }

    [Fact]
    public void Json_reads_as_yaml_does()
    {
        var json = """
            {"format":1,"name":"n","device":"d","evidence":"published","real_calls":0,"error":null,"services":[
              {"model":"m","width":8,"height":8,"frames":5,"steps":2,"guided":false,"batch":2,"whole":{"count":0,"mean_s":3e0,"ratios":[0.5,1.5]},"text":{"mean_s":0.5}}],
             "laws":[{"model":"m","fixed_s":0,"per_unit_s":6.18273e-07}],"memory":{"fixed_bytes":1,"bytes_per_pixel":2,"error":0,"count":0}}
            """;
        var profile = ProfileFile.Parse(Encoding.UTF8.GetBytes(json), "p.json");
        Assert.Equal((false, 2, 3.0, 0.5), (profile.Services[0].Guided, profile.Services[0].Batch, profile.Services[0].Whole.MeanS, profile.Services[0].Text!.MeanS));
        Assert.Equal((6.18273e-07, 2.0), (profile.Laws[0].PerUnitS, profile.Memory!.BytesPerPixel));
    }

    [Fact]
    public void Problem_names_the_line_of_its_field()
    {
        var text = "format: 1\nname: n\ndevice: d\nevidence: published\nservices:\n  - { model: m, width: 8, height: 8, frames: 5, steps: 2,\n      whole: { mean_s: -1 } }\n  - { model: m }\n";
        var problems = Refused(text).Problems;
        Assert.Equal((7, "services[0].whole.mean_s", "-1"), (problems[0].Line, problems[0].Field, problems[0].Value));
        Assert.Equal(["frames", "height", "steps", "whole", "width"], problems.Skip(1).Select(problem => problem.Field["services[1].".Length..]).Order(StringComparer.Ordinal));
        Assert.All(problems.Skip(1), problem => Assert.Equal(8, problem.Line));
    }

    [Theory]
    [InlineData("wan2.2-t2v-a14b-h100-1gpu.yaml")]
    [InlineData("article-a.yaml")]
    public void Damaged_profiles_are_refused_and_never_crash(string file)
    {
        var valid = File.ReadAllBytes(Path.Combine(Checkout.At("Scenarios", "profiles"), file));
        Damage(valid, 1500);
    }

    [Fact]
    public void Damaged_profile_with_every_field_is_refused_and_never_crashes() => Damage(ProfileFile.ToBytes(Whole()), 3000);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{services: null}")]
    [InlineData("{name: n, device: d, evidence: real, services: {}}")]
    [InlineData("{name: n, device: d, evidence: real, services: [null, [], 1]}")]
    [InlineData("{name: [], device: {}, evidence: [], services: [], memory: [], overheads: 3, runs: [[]]}")]
    [InlineData("{name: n, device: d, evidence: real, services: [], stage_laws: [{range: {tokens: 5..2, steps: .., frames: 1..x}}]}")]
    [InlineData("{name: n, device: d, evidence: real, services: [], format: 2}")]
    public void Impossible_documents_are_refused(string text) => Refused(text);

    [Fact]
    public void Too_many_ratios_are_refused()
    {
        var ratios = string.Join(',', Enumerable.Repeat("1", 8193));
        Assert.Contains("is too long", Refused(Minimal.Replace("\"mean_s\":3", $"\"mean_s\":3,\"ratios\":[{ratios}]", StringComparison.Ordinal)).Message, StringComparison.Ordinal);
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

    /// <summary>One to three bytes overwritten, removed or doubled at a time: what is not refused must be a profile that writes and reads.</summary>
    private static void Damage(byte[] valid, int times)
    {
        var random = new Seed(1).Stream("mutations");
        var refused = 0;
        for (var i = 0; i < times; i++)
        {
            var bytes = valid.ToList();
            for (var hits = 1 + random.NextInt(3); hits > 0; hits--)
            {
                var at = random.NextInt(bytes.Count);
                switch (random.NextInt(4))
                {
                    case 0:
                        bytes.RemoveAt(at);
                        break;
                    case 1:
                        bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.NextInt(40), bytes.Count - at)));
                        break;
                    case 2:
                        bytes[at] = (byte)Marks[random.NextInt(Marks.Length)];
                        break;
                    default:
                        bytes[at] = (byte)random.NextInt(256);
                        break;
                }
            }

            try
            {
                ProfileFile.Parse(ProfileFile.ToBytes(ProfileFile.Parse(bytes.ToArray(), "p.yaml")), "again.yaml");
            }
            catch (InputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, times / 10, times - 1);
    }

    /// <summary>A profile that uses every field.</summary>
    private static ServiceProfile Whole() => new()
    {
        Name = "all-fields",
        Device = "a device, 1 thread",
        Evidence = "real",
        Source = "calibrated from 2 runs: a, b",
        Command = "loadlab calibrate a b -o all-fields.yaml",
        Version = "1.2.3",
        Measured = "2026-01-05..2026-01-06",
        Assumptions = ["One thing.", "Another: thing."],
        RealCalls = 12,
        WarmUpCalls = 2,
        Runs = ["0f1e2d", "77"],
        Services =
        [
            new ServiceEntry
            {
                Model = "m", Width = 160, Height = 96, Frames = 9, Steps = 8, Guided = false, Batch = 2, Gpu = "h100-sxm", Gpus = 8, EnergyJ = 1.5e5, Error = 0.01, Outliers = 3,
                Text = new SampledTime { MeanS = 0.1, Count = 10 }, Denoise = new SampledTime { MeanS = 1.1 }, Decode = new SampledTime { MeanS = 0.3 },
                Whole = new SampledTime { MeanS = 1.5, Count = 10, Ratios = [0.9, 1, 1.1] },
            },
        ],
        StageLaws =
        [
            new StageLaw
            {
                Model = "m", Gpu = "h100-sxm", Gpus = 8, TokenPixels = 16, TextS = 0.1, StepFixedS = 1e-3, StepPerTokenS = 2.5e-5, StepPerTokenSquaredS = 3e-9, DecodeFixedS = 0.01, DecodePerPixelS = 3e-8, Split = false,
                Batches = [new BatchFactor { Batch = 1, Text = 1, Denoise = 1, Decode = 1 }, new BatchFactor { Batch = 4, Text = 1.5, Denoise = 3.9, Decode = 4 }],
                Range = new LawRange { Tokens = new Bounds(45, 180), Steps = new Bounds(4, 16), Frames = new Bounds(5, 17), Batch = new Bounds(1, 4) },
                Calls = 10, Cells = 4, Error = 0.01, HeldOutError = 0.02, Ratios = [0.5, 1.5],
            },
        ],
        Laws = [new ServiceLaw { Model = "m", Gpu = "h200", Gpus = 2, Guided = false, Batch = 3, FixedS = 1, PerUnitS = 2e-8, Ratios = [1, 1] }],
        Memory = new MemoryLaw { FixedBytes = 1e9, BytesPerPixel = 437.5, BytesPerToken = 3e4, TokenPixels = 16, Error = 0.02, Count = 9 },
        ColdStart = new SampledTime { MeanS = 1.2, Count = 2, Ratios = [0.9, 1.1] },
        FirstCallPenaltyS = -0.01,
        Overheads = new Overheads { Request = new SampledTime { MeanS = 0.001, Count = 12 }, Answer = new SampledTime { MeanS = 0.002, Count = 12 }, Dispatch = new SampledTime { MeanS = 0.0005, Count = 7 } },
        TextCache = new TextCacheShare { HitShare = 0.4, Batches = 10 },
        Error = 0.013,
    };

    private static InputException Refused(string text) => Assert.Throws<InputException>(() => ProfileFile.Parse(Encoding.UTF8.GetBytes(text), "p.json"));
}
