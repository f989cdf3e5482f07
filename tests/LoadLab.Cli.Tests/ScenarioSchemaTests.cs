using System.Text.Json;
using LoadLab.Core.Input;
using LoadLab.Engine.Targets;
using LoadLab.Fleet;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Workload;

namespace LoadLab.Cli.Tests;

/// <summary>The schema for editors offers no field that a binder does not know. That it knows those of the shipped scenarios and of the serving pages is tested beside the schema's own checker.</summary>
public sealed class ScenarioSchemaTests
{
    private static readonly JsonElement s_root = JsonDocument.Parse(File.ReadAllText(Repository.At("Scenarios", "schema", "scenario.schema.json"))).RootElement;

    [Theory]
    [InlineData("serving", 60)]
    [InlineData("target", 15)]
    [InlineData("fleet", 12)]
    [InlineData("autoscaler", 8)]
    [InlineData("workload", 10)]
    public void Every_field_that_the_schema_offers_is_known_to_its_binder(string section, int least)
    {
        var schema = s_root.GetProperty("properties").GetProperty(section);
        var paths = Paths(schema, section).Where(path => section != "workload" || path.StartsWith("workload.tenants", StringComparison.Ordinal) || path.Count(c => c == '.') == 1).ToList();
        Assert.InRange(paths.Count, least, 500);
        Assert.All(paths, path => Assert.True(IsKnown(path), path));
        Assert.False(IsKnown($"{section}.nothing"));
    }

    /// <summary>Some fields of a target are known to one kind of it only.</summary>
    private static bool IsKnown(string path) =>
        new[] { "local", "emulated", "http" }.Any(kind => Problems(path, kind).All(problem => problem.Message != "is not a known field"));

    /// <summary>Every property below a schema by its path; of a list the first item, of a mapping by name any name.</summary>
    private static IEnumerable<string> Paths(JsonElement schema, string path)
    {
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                yield return $"{path}.{property.Name}";
                foreach (var inner in Paths(property.Value, $"{path}.{property.Name}"))
                {
                    yield return inner;
                }
            }
        }

        if (schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.Object)
        {
            foreach (var inner in Paths(others, $"{path}.any"))
            {
                yield return inner;
            }
        }
    }

    /// <summary>What the binders say of a file with this field in it; its value is nothing that anybody takes.</summary>
    private static IReadOnlyList<Problem> Problems(string path, string kind)
    {
        var parts = path.Split('.');
        var field = parts.Reverse().Aggregate("'?'", (inner, part) => $"{{ {part}: {inner} }}");
        var target = parts[0] == "target" && parts[1] != "kind" ? $"target: {{ kind: {kind}, {field["{ target: { ".Length..^4]} }} }}" : $"target: {{ kind: {kind} }}";
        var text = parts[0] == "target" ? target : $"{field[2..^2]}\n{target}";
        var problems = new Problems();
        var root = ScenarioFile.Parse(text, "scenario.yaml", problems)!;
        WorkloadOptions.Bind(root);
        TargetOptions.Bind(root);
        ServingOptions.Bind(root);
        AutoscalerOptions.Bind(root);
        FleetOptions.Bind(root);
        return problems.All;
    }
}
