using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>
/// A KServe inference service. Written from kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol (the Open Inference Protocol): POST
/// /v2/models/{name}[/versions/{version}]/infer with inputs of name, shape, datatype and data, the number of values being the shape's product; the answer comes when the model has
/// run, with model_name, id and outputs; an error is {"error": "..."}; GET /v2/health/ready is 200 when ready. The protocol leaves the names of inputs to the model: this one takes
/// a BYTES prompt and integers and numbers for the rest, as inputs or as parameters of the request.
/// </summary>
internal sealed class KserveV2Stub : StubProtocol
{
    private static readonly string[] s_integers = ["INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"];
    private static readonly string[] s_numbers = ["FP16", "FP32", "FP64"];

    public override string Name => "kserve-v2";

    public override bool Blocks => true;

    internal override StubAct ActOf(string method, string path) => (method, path.Split('/', StringSplitOptions.RemoveEmptyEntries)) switch
    {
        ("POST", ["v2", "models", _, "infer"] or ["v2", "models", _, "versions", _, "infer"]) => StubAct.Submit,
        ("GET", ["v2", "health", "ready" or "live"] or ["v2", "models", _, "ready"] or ["v2"]) => StubAct.Health,
        _ => StubAct.Other,
    };

    internal override async Task<StubAnswer> AnswerAsync(StubExchange exchange)
    {
        if (exchange.Act == StubAct.Health)
        {
            return StubAnswer.Json(new JsonObject { ["ready"] = true });
        }

        if (await Fields.ReadAsync(exchange.Http) is not { IsForm: false } fields)
        {
            exchange.Book.Refuse("the body is not a JSON object");
            return Error(400, "", "the body is not a JSON object");
        }

        var requestId = fields.Text("id");
        fields.Knows("outputs");
        var asked = AskedOf(fields) with { Model = exchange.Part(2) };
        if (fields.Unknown is [var unknown, ..])
        {
            fields.Problems.Add((unknown, "is unknown"));
        }

        if (fields.Problems is [var (field, why), ..])
        {
            exchange.Book.Refuse($"{field} {why}");
            return Error(400, "", $"{field} {why}");
        }

        var job = exchange.Book.Submit(asked, hex => requestId ?? hex);
        await HoldAsync(job, exchange.Gone);
        return (job.FailsWith is null ? StubAnswer.Json(new JsonObject
        {
            ["model_name"] = asked.Model,
            ["id"] = job.Id,
            ["outputs"] = new JsonArray(new JsonObject { ["name"] = "video", ["datatype"] = "BYTES", ["shape"] = new JsonArray(1), ["data"] = new JsonArray(Convert.ToBase64String(StubAnswer.Clip)) }),
        }) : Error(500, job.FailsWith, job.FailsWith)) with { Tells = job };
    }

    internal override StubAnswer Error(int status, string code, string message) => StubAnswer.Json(new JsonObject { ["error"] = message }, status);

    private static StubAsked AskedOf(Fields fields)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (fields.Json("parameters") is { ValueKind: JsonValueKind.Object } parameters)
        {
            foreach (var parameter in parameters.EnumerateObject())
            {
                values[parameter.Name] = parameter.Value;
            }
        }

        if (fields.Json("inputs") is not { ValueKind: JsonValueKind.Array } inputs)
        {
            fields.Problems.Add(("inputs", "is required"));
            return new StubAsked();
        }

        foreach (var input in inputs.EnumerateArray())
        {
            Read(input, values, fields.Problems);
        }

        var named = Fields.Of(JsonSerializer.SerializeToElement(new JsonObject(values.Select(pair => KeyValuePair.Create(pair.Key, JsonNode.Parse(pair.Value.GetRawText()))))));
        var size = named.Size("size");
        named.Knows("negative_prompt", "fps", "seconds", "guidance_scale_2");
        var asked = new StubAsked
        {
            Prompt = named.Required("prompt"),
            Width = size?.Width ?? named.Integer("width"),
            Height = size?.Height ?? named.Integer("height"),
            Frames = named.Integer("num_frames"),
            Steps = named.Integer("num_inference_steps"),
            Seed = named.Integer("seed"),
            Guidance = named.Number("guidance_scale"),
        };
        fields.Problems.AddRange(named.Problems);
        fields.Problems.AddRange(named.Unknown.Select(name => (name, "is not an input of this model")));
        return asked;
    }

    /// <summary>One input tensor: its name, datatype, shape, and as many values as the shape has.</summary>
    private static void Read(JsonElement input, Dictionary<string, JsonElement> values, List<(string, string)> problems)
    {
        var tensor = Fields.Of(input);
        var name = tensor.Required("name") ?? "inputs";
        var type = tensor.Required("datatype");
        tensor.Knows("parameters");
        if (tensor.Json("shape") is not { ValueKind: JsonValueKind.Array } shape || tensor.Json("data") is not { ValueKind: JsonValueKind.Array } data)
        {
            problems.Add((name, "lacks shape or data"));
            return;
        }

        var flat = Flatten(data).ToList();
        problems.AddRange(tensor.Problems.Select(problem => ($"{name}.{problem.Field}", problem.Why)));
        problems.AddRange(tensor.Unknown.Select(field => ($"{name}.{field}", "is unknown")));
        if (shape.EnumerateArray().Aggregate(1L, (product, side) => product * side.GetInt64()) != flat.Count)
        {
            problems.Add((name, "has not as many values as its shape says"));
        }
        else if (flat.Any(value => !Fits(value, type)))
        {
            problems.Add((name, $"holds a value that is not {type}"));
        }
        else if (flat.Count == 1)
        {
            values[name] = flat[0];
        }
    }

    private static IEnumerable<JsonElement> Flatten(JsonElement data) =>
        data.EnumerateArray().SelectMany(value => value.ValueKind == JsonValueKind.Array ? Flatten(value) : [value]);

    private static bool Fits(JsonElement value, string? type) => value.ValueKind switch
    {
        JsonValueKind.String => type == "BYTES",
        JsonValueKind.Number => s_numbers.Contains(type) || (s_integers.Contains(type) && value.TryGetInt64(out _)),
        JsonValueKind.True or JsonValueKind.False => type == "BOOL",
        _ => false,
    };
}
