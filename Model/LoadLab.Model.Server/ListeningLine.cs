using System.Text.Json.Serialization;

namespace LoadLab.Model.Server;

/// <summary>What a parent process needs to know once the server listens.</summary>
internal sealed record ListeningLine(int Port, int Pid, string Url, string Model, int Threads, long EpochNs, string Weights);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ListeningLine))]
internal sealed partial class ListeningJson : JsonSerializerContext;
