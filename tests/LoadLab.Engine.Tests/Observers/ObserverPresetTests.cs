using LoadLab.Core.Input;
using LoadLab.Engine.Observers;

namespace LoadLab.Engine.Tests.Observers;

public sealed class ObserverPresetTests
{
    public static TheoryData<string> Names => [.. ObserverPreset.Names];

    [Fact]
    public void The_usual_exporters_are_shipped() =>
        Assert.Equal(["dcgm", "knative", "knative-1.18", "kube-state-metrics", "loadlab", "triton", "vllm", "vllm-omni"], ObserverPreset.Names);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_shipped_preset_is_read_and_names_the_documentation_of_its_metrics(string name)
    {
        var preset = ObserverPreset.Find(name)!;
        Assert.NotEmpty(preset.Queries);
        Assert.True(preset.Source.StartsWith("https://", StringComparison.Ordinal) || preset.Source.StartsWith("docs/", StringComparison.Ordinal), preset.Source);
        Assert.All(preset.Queries, query =>
        {
            Assert.Contains("{$match}", query.Template, StringComparison.Ordinal);
            Assert.DoesNotContain("$", query.With("""a="b" """), StringComparison.Ordinal);
        });
        Assert.Equal(preset.Queries.Count, preset.Queries.Select(query => query.Kind.Metric).Distinct().Count());
    }

    [Theory]
    [InlineData("name: x\nsource: s\nqueries: []", "queries", "is missing")]
    [InlineData("name: y\nsource: s\nqueries: [ { as: queue, query: a } ]", "name", "is not the file's name")]
    [InlineData("name: x\nqueries: [ { as: queue, query: a } ]", "source", "is missing")]
    [InlineData("name: x\nsource: s\nqueries: [ { as: speed, query: a } ]", "queries[0].as", "is not a known meaning")]
    [InlineData("name: x\nsource: s\nqueries: [ { as: queue, query: a, evry: 5s } ]", "queries[0].evry", "is not a known field")]
    public void Bad_preset_is_refused_by_field(string text, string field, string message)
    {
        var problem = Assert.Single(Assert.Throws<InputException>(() => ObserverPreset.Read(text, "x.yaml", "x")).Problems);
        Assert.Equal((field, message), (problem.Field, problem.Message));
    }
}
