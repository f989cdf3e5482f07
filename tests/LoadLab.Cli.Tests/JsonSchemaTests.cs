using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoadLab.Cli.Campaigns;
using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Fleet;
using LoadLab.Forecast;
using LoadLab.Model.Weights;
using LoadLab.Planning;
using LoadLab.Planning.Theory;
using LoadLab.Reports;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Cli.Tests;

/// <summary>docs/json.md is written from the records that --json prints. LOADLAB_UPDATE_GOLDEN=1 rewrites it.</summary>
public sealed class JsonSchemaTests
{
    private static readonly (string Verb, Type Document)[] s_documents =
    [
        ("demo", typeof(DemoDocument)),
        ("run", typeof(RunSummary)),
        ("run --dry-run", typeof(DryRun)),
        ("simulate", typeof(RunSummary)),
        ("report (an array of)", typeof(RunSummary)),
        ("calibrate", typeof(ServiceProfile)),
        ("profiles", typeof(ProfilesVerb.ProfilesDocument)),
        ("profiles NAME", typeof(ServiceProfile)),
        ("profiles --truth", typeof(TruthReport)),
        ("profiles --predict", typeof(ProfilesVerb.PredictionDocument)),
        ("calibrate --design", typeof(DesignDocument)),
        ("fidelity", typeof(FidelityView)),
        ("fidelity --campaign", typeof(CampaignReport)),
        ("forecast", typeof(ForecastReport)),
        ("cost", typeof(CostReport)),
        ("ab", typeof(AbReport)),
        ("claims", typeof(ClaimsReport)),
        ("theory", typeof(TheoryReport)),
        ("device", typeof(DeviceReport)),
        ("replay", typeof(ReplayResult)),
        ("trace inspect", typeof(TraceInspection)),
        ("trace import", typeof(TraceVerb.ImportDocument)),
        ("schedule", typeof(ScheduleVerb.ScheduleDocument)),
        ("verify", typeof(VerifyVerb.VerifyDocument)),
        ("probe", typeof(ProbeVerb.ProbeDocument)),
        ("doctor", typeof(DoctorVerb.DoctorDocument)),
        ("doctor --model", typeof(DoctorFit.FitDocument)),
        ("doctor --weights", typeof(WeightScanResult)),
    ];

    [Fact]
    public void Documented_schema_is_what_the_records_say()
    {
        var path = Path.Combine(Repository.Root, "docs", "json.md");
        var expected = Render();
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, expected, new UTF8Encoding(false));
        }

        Assert.Equal(expected, File.ReadAllText(path));
    }

    /// <summary>A document that no generated code knows fails when it is printed.</summary>
    [Fact]
    public void Every_document_is_written_by_generated_code() =>
        Assert.All(s_documents, entry => Assert.True(DocumentJson.Default.GetTypeInfo(entry.Document) is not null, $"name {entry.Document.Name} in DocumentJson"));

    private static string Render()
    {
        var text = new StringBuilder();
        text.Append("# The documents of --json\n\nOne document on stdout, UTF-8, written from these records; a test holds this page to them.\n");
        text.Append("Names are snake case; instants and durations are seconds; enumerations are words; a number that is not finite is one of \"NaN\", \"Infinity\", \"-Infinity\"; `?` marks what may be null or left out.\n");
        text.Append("`report.json` of a run is `{ summary, cost }`, of a demo the document of `demo`. `serve` prints one line when it listens: port, pid, url, model, threads, epoch_ns.\n\n| verb | document |\n|---|---|\n");
        var open = new Queue<Type>();
        var seen = new HashSet<Type>();
        foreach (var (verb, document) in s_documents)
        {
            text.Append($"| {verb} | {Word(document, open, seen)} |\n");
        }

        while (open.TryDequeue(out var type))
        {
            text.Append($"\n## {type.Name}\n\n| field | type |\n|---|---|\n");
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0 && property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition != JsonIgnoreCondition.Always))
            {
                var optional = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable ? "?" : "";
                var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
                text.Append($"| {name} | {Word(property.PropertyType, open, seen)}{optional} |\n");
            }
        }

        return text.ToString();
    }

    private static string Word(Type type, Queue<Type> open, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(Duration) || type == typeof(Instant))
        {
            return "seconds";
        }

        if (type.IsEnum || type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(DateOnly))
        {
            return type.IsEnum ? "word" : type == typeof(string) ? "text" : "date";
        }

        if (type == typeof(bool) || type.IsPrimitive || type == typeof(decimal))
        {
            return type == typeof(bool) ? "true or false" : "number";
        }

        if (type.IsGenericType && type.GetInterfaces().Append(type).Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)))
        {
            return $"map of {Word(type.GetGenericArguments()[1], open, seen)}";
        }

        if (typeof(IEnumerable).IsAssignableFrom(type))
        {
            return $"array of {Word(type.IsArray ? type.GetElementType()! : type.GetGenericArguments()[0], open, seen)}";
        }

        if (seen.Add(type))
        {
            open.Enqueue(type);
        }

        return $"[{type.Name}](#{type.Name.ToLowerInvariant()})";
    }
}
