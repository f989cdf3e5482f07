using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class SchemaTests
{
    private static readonly JsonSchema s_schema = new(JsonDocument.Parse(File.ReadAllText(Repository.File("Scenarios", "schema", "scenario.schema.json"))).RootElement);

    [Fact]
    public void Every_scenario_file_fits_the_schema()
    {
        Assert.All(Directory.GetFiles(Repository.File("Scenarios"), "*.yaml"), path => Assert.Empty(s_schema.Check(Parse(File.ReadAllText(path)))));
    }

    [Theory]
    [InlineData("name: a", "name: a\nnmae: b", ".nmae is not known")]
    [InlineData("duration: 60s", "duration: 60", ".workload.duration = 60 does not match")]
    [InlineData("rate: 1/s", "rate: 1", ".workload.arrivals[0].constant.rate = 1 does not match")]
    [InlineData("kind: local", "kind: remote", ".target.kind = remote is none of the choices")]
    [InlineData("seed: 1", "seed: -1", ".seed = -1 is out of range")]
    [InlineData("name: a\n", "", ".name is missing")]
    [InlineData("duration: 60s,", "", ".workload fits not exactly one choice")]
    public void Mistake_does_not_fit_the_schema(string right, string wrong, string told)
    {
        const string Least = "name: a\nseed: 1\nworkload: { duration: 60s, arrivals: [ { constant: { rate: 1/s } } ] }\ntarget: { kind: local }\n";
        Assert.Empty(s_schema.Check(Parse(Least)));
        Assert.StartsWith(told, Assert.Single(s_schema.Check(Parse(Least.Replace(right, wrong, StringComparison.Ordinal)))), StringComparison.Ordinal);
    }

    private static Node Parse(string yaml)
    {
        var problems = new Problems();
        var node = YamlDocument.ReadText(yaml, "scenario.yaml", problems);
        problems.ThrowIfAny();
        return node!;
    }
}
