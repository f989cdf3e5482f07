using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class SchemaTests
{
    private static readonly JsonElement s_root = JsonDocument.Parse(File.ReadAllText(Repository.File("Scenarios", "schema", "scenario.schema.json"))).RootElement;
    private static readonly JsonSchema s_schema = new(s_root);

    [Fact]
    public void Every_scenario_file_fits_the_schema()
    {
        Assert.All(Repository.Scenarios, path => Assert.Empty(s_schema.Check(Parse(File.ReadAllText(path)))));
    }

    [Fact]
    public void Every_example_of_the_serving_pages_fits_the_schema()
    {
        const string Least = "name: a\nworkload: { duration: 60s, arrivals: [ { constant: { rate: 1/s } } ] }\ntarget: { kind: local }\n";
        var examples = Directory.GetFiles(Repository.File("docs", "serving"), "*.md")
            .SelectMany(page => File.ReadAllText(page).Split("```yaml\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]))
            .Where(example => example.StartsWith("serving:", StringComparison.Ordinal))
            .ToList();
        Assert.InRange(examples.Count, 5, 50);
        Assert.All(examples, example => Assert.Empty(s_schema.Check(Parse(Least + example))));
    }

    [Theory]
    [InlineData("name: a", "name: a\nnmae: b", ".nmae is not known")]
    [InlineData("duration: 60s", "duration: 60", ".workload.duration = 60 does not match")]
    [InlineData("rate: 1/s", "rate: 1", ".workload.arrivals[0].constant.rate = 1 does not match")]
    [InlineData("kind: local", "kind: remote", ".target.kind = remote is none of the choices")]
    [InlineData("seed: 1", "seed: -1", ".seed = -1 is out of range")]
    [InlineData("name: a\n", "", ".name is missing")]
    [InlineData("constant: { rate: 1/s }", "mmpp: { states: [ { rate: 1/s } ] }", ".workload.arrivals[0].mmpp.states[0].hold is missing")]
    [InlineData("constant: { rate: 1/s }", "preset: { name: nowhere, mean: 1/s }", ".workload.arrivals[0].preset.name = nowhere is none of the choices")]
    [InlineData("constant: { rate: 1/s }", "nbomber: [ { keepConstant: { copies: 3 } } ]", ".workload.arrivals[0].nbomber[0].keepConstant is not known")]
    [InlineData("constant: { rate: 1/s }", "profile: { mean: 1/s, points: [ { at: 8, rate: 1 } ] }", ".workload.arrivals[0].profile.points[0].at = 8 does not match")]
    [InlineData("duration: 60s,", "process: { clumps: { share: 0.5 } }, duration: 60s,", ".workload.process fits not exactly one choice")]
    [InlineData("duration: 60s,", "closed: { users: 4, calls: 9 }, duration: 60s,", ".workload fits not exactly one choice")]
    [InlineData("target: { kind: local }", "target: { kind: local }\nserving: { tiers: { vip: { priorty: 0 } } }", ".serving.tiers.vip.priorty is not known")]
    [InlineData("target: { kind: local }", "target: { kind: local }\nserving: { quotas: { tenants: { acme: { daily: lots } } } }", ".serving.quotas.tenants.acme.daily = lots does not match")]
    [InlineData("target: { kind: local }", "target: { kind: emulated, emulation: { failAlways: 1 } }", ".target.emulation.failAlways is not known")]
    [InlineData("duration: 60s,", "", ".workload fits not exactly one choice")]
    public void Mistake_does_not_fit_the_schema(string right, string wrong, string told)
    {
        const string Least = "name: a\nseed: 1\nworkload: { duration: 60s, arrivals: [ { constant: { rate: 1/s } } ] }\ntarget: { kind: local }\n";
        Assert.Empty(s_schema.Check(Parse(Least)));
        Assert.StartsWith(told, Assert.Single(s_schema.Check(Parse(Least.Replace(right, wrong, StringComparison.Ordinal)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_names_the_presets_and_shapes_that_the_binder_knows()
    {
        var shapes = s_root.GetProperty("$defs").GetProperty("shape").GetProperty("properties");
        Assert.Equal(ShapeBinder.Known.Order(StringComparer.Ordinal), shapes.EnumerateObject().Select(shape => shape.Name).Order(StringComparer.Ordinal));
        var presets = shapes.GetProperty("preset").GetProperty("properties").GetProperty("name").GetProperty("enum").EnumerateArray().Select(name => name.GetString()!);
        Assert.Equal(PresetLibrary.Names, presets);
    }

    private static Node Parse(string yaml)
    {
        var problems = new Problems();
        var node = YamlDocument.ReadText(yaml, "scenario.yaml", problems);
        problems.ThrowIfAny();
        return node!;
    }
}
