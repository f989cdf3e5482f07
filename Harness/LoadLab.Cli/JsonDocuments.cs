using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
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

namespace LoadLab.Cli;

/// <summary>The form of every JSON document: snake case, LF, NaN and infinities as names, instants and durations in seconds.</summary>
internal static class JsonDocuments
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        TypeInfoResolver = DocumentJson.Default,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new DurationInSeconds(), new InstantInSeconds() },
    };

    /// <summary>Throws NotSupportedException for a type that <see cref="DocumentJson"/> does not name.</summary>
    public static string Serialize<T>(T document) => JsonSerializer.Serialize(document, (JsonTypeInfo<T>)s_options.GetTypeInfo(typeof(T)));

    /// <summary>Writes a document beside its place and moves it there in one step.</summary>
    public static void Write<T>(string path, T document)
    {
        File.WriteAllText(path + ".tmp", Serialize(document) + "\n", new UTF8Encoding(false));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}

/// <summary>Every document that a verb prints or writes: generated, so that a trimmed program keeps what it needs.</summary>
[JsonSerializable(typeof(DemoDocument))]
[JsonSerializable(typeof(RunReports.RunDocument))]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(List<RunSummary>))]
[JsonSerializable(typeof(DryRun))]
[JsonSerializable(typeof(ServiceProfile))]
[JsonSerializable(typeof(ProfilesVerb.ProfilesDocument))]
[JsonSerializable(typeof(ProfilesVerb.PredictionDocument))]
[JsonSerializable(typeof(TruthReport))]
[JsonSerializable(typeof(DesignDocument))]
[JsonSerializable(typeof(FidelityView))]
[JsonSerializable(typeof(CampaignReport))]
[JsonSerializable(typeof(ForecastReport))]
[JsonSerializable(typeof(CostReport))]
[JsonSerializable(typeof(AbReport))]
[JsonSerializable(typeof(ClaimsReport))]
[JsonSerializable(typeof(TheoryReport))]
[JsonSerializable(typeof(ReplayResult))]
[JsonSerializable(typeof(TraceInspection))]
[JsonSerializable(typeof(TraceVerb.ImportDocument))]
[JsonSerializable(typeof(ScheduleVerb.ScheduleDocument))]
[JsonSerializable(typeof(VerifyVerb.VerifyDocument))]
[JsonSerializable(typeof(DoctorVerb.DoctorDocument))]
[JsonSerializable(typeof(DoctorFit.FitDocument))]
[JsonSerializable(typeof(ProbeVerb.ProbeDocument))]
[JsonSerializable(typeof(DeviceReport))]
[JsonSerializable(typeof(WeightScanResult))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class DocumentJson : JsonSerializerContext;

internal sealed class DurationInSeconds : JsonConverter<Duration>
{
    public override Duration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Duration.FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, Duration value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Seconds);
}

internal sealed class InstantInSeconds : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Instant.FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Seconds);
}
