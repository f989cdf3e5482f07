using System.Text.Json.Serialization;

namespace LoadLab.LoadProbe;

[JsonSerializable(typeof(ArrivalStatistics))]
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class ProbeJson : JsonSerializerContext;
