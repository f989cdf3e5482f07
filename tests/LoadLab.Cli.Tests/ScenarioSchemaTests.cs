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

    /// <summary>Some fields are known to one kind of target or autoscaler only.</summary>
    private static bool IsKnown(string path) => Kinds(path).Any(kind => Problems(path, kind).All(problem => problem.Message != "is not a known field"));

    private static string[] Kinds(string path) => path switch
    {
        _ when path.StartsWith("target.", StringComparison.Ordinal) && path != "target.kind" => ["local", "emulated", "http"],
        _ when path.StartsWith("autoscaler.", StringComparison.Ordinal) && path != "autoscaler.kind" => ["fixed", "article-rule"],
        _ => [""],
    };

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
        var (section, fields) = (path[..path.IndexOf('.')], path[(path.IndexOf('.') + 1)..].Split('.'));
        var value = fields.Reverse().Aggregate("'?'", (inner, field) => $"{{ {field}: {inner} }}");
        var body = kind.Length > 0 ? $"{{ kind: {kind}, {value[2..]}" : value;
        var text = $"{section}: {body}\n{(section == "target" ? "" : "target: { kind: local }\n")}";
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
