using System.Text.Json.Serialization;

namespace LoadLab.Model.Server.Http;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(ReadyDocument))]
internal sealed partial class ServerJson : JsonSerializerContext;
