using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

/// <summary>workload.trace in the schema for editors.</summary>
public sealed class TraceSchemaTests
{
    private static readonly JsonSchema s_schema = new(JsonDocument.Parse(File.ReadAllText(Repository.File("Scenarios", "schema", "scenario.schema.json"))).RootElement);

    [Theory]
    [InlineData("format: mooncake, unit: ms", null)]
    [InlineData("format: { columns: { arrival: Timestamp, unit: ms, width: w, count: n, step: 60s } }", null)]
    [InlineData("format: monkcake", ".workload.trace.format fits not exactly one choice")]
    [InlineData("format: { columns: { arrival: Timestamp } }", ".workload.trace.format fits not exactly one choice")]
    [InlineData("unit: days", ".workload.trace.unit = days is none of the choices")]
    public void Trace_is_checked(string fields, string? told)
    {
        var faults = s_schema.Check(Parse($"name: a\nworkload: {{ trace: {{ file: t.csv, {fields} }} }}\ntarget: {{ kind: local }}\n"));
        Assert.Equal(told is null ? [] : [told], faults);
    }

    [Fact]
    public void Every_format_and_unit_that_can_be_named_is_in_the_schema()
    {
        Assert.All(TraceReader.Formats, format => Assert.Empty(s_schema.Check(Parse($"name: a\nworkload: {{ trace: {{ file: t, format: {format.Word} }} }}\ntarget: {{ kind: local }}\n"))));
        Assert.All(TraceUnits.All, unit => Assert.Empty(s_schema.Check(Parse($"name: a\nworkload: {{ trace: {{ file: t, unit: {unit.Word} }} }}\ntarget: {{ kind: local }}\n"))));
    }

    private static Node Parse(string yaml)
    {
        var problems = new Problems();
        var node = YamlDocument.ReadText(yaml, "scenario.yaml", problems);
        problems.ThrowIfAny();
        return node!;
    }
}
