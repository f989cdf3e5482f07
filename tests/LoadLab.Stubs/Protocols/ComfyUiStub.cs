using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>
/// A ComfyUI server. Written from docs.comfy.org/development/comfyui-server/comms_routes and mintlify.com/Comfy-Org/ComfyUI/api (prompt, queue, history): POST /prompt validates a
/// graph of nodes and answers prompt_id, number and node_errors, or 400 with error and node_errors; GET /history/{id} is {} until the prompt has run, then tells outputs and status
/// {status_str success|error, completed, messages} with times in milliseconds; POST /queue {"delete": [...]} takes waiting prompts out, POST /interrupt stops what runs, or the one
/// that prompt_id names; all of them also below /api. Unlike a real server, which runs one prompt at a time, this one runs all that have waited.
/// </summary>
internal sealed class ComfyUiStub : StubProtocol
{
    /// <summary>Nodes of the server's Wan text-to-video graphs and the inputs that each requires.</summary>
    private static readonly Dictionary<string, string[]> s_nodes = new(StringComparer.Ordinal)
    {
        ["UNETLoader"] = ["unet_name", "weight_dtype"],
        ["CheckpointLoaderSimple"] = ["ckpt_name"],
        ["CLIPLoader"] = ["clip_name", "type"],
        ["VAELoader"] = ["vae_name"],
        ["ModelSamplingSD3"] = ["model", "shift"],
        ["CLIPTextEncode"] = ["text", "clip"],
        ["EmptyHunyuanLatentVideo"] = ["width", "height", "length", "batch_size"],
        ["Wan22ImageToVideoLatent"] = ["vae", "width", "height", "length", "batch_size"],
        ["EmptyLatentImage"] = ["width", "height", "batch_size"],
        ["KSampler"] = ["model", "seed", "steps", "cfg", "sampler_name", "scheduler", "positive", "negative", "latent_image", "denoise"],
        ["VAEDecode"] = ["samples", "vae"],
        ["CreateVideo"] = ["images", "fps"],
        ["SaveVideo"] = ["video", "filename_prefix", "format", "codec"],
        ["SaveWEBM"] = ["images", "filename_prefix", "codec", "fps", "crf"],
        ["SaveAnimatedWEBP"] = ["images", "filename_prefix", "fps", "lossless", "quality", "method"],
        ["SaveImage"] = ["images", "filename_prefix"],
    };

    public override string Name => "comfyui";

    internal override StubAct ActOf(string method, string path) => (method, path.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipWhile(part => part == "api").ToArray()) switch
    {
        ("POST", ["prompt"]) => StubAct.Submit,
        ("GET", ["history", _] or ["queue"]) => StubAct.Poll,
        ("GET", ["view"]) => StubAct.Fetch,
        ("POST", ["queue" or "interrupt"]) => StubAct.Cancel,
        ("GET", ["system_stats"] or ["prompt"] or []) => StubAct.Health,
        _ => StubAct.Other,
    };

    internal override async Task<StubAnswer> AnswerAsync(StubExchange exchange) => exchange.Act switch
    {
        StubAct.Submit => await SubmitAsync(exchange),
        StubAct.Poll when exchange.Path.EndsWith("/queue", StringComparison.Ordinal) => Queue(exchange),
        StubAct.Poll => History(exchange),
        StubAct.Cancel => await CancelAsync(exchange),
        StubAct.Fetch => exchange.Http.Query["filename"].Count > 0 ? StubAnswer.Video() : StubAnswer.Text("", 400),
        _ => StubAnswer.Json(new JsonObject { ["system"] = new JsonObject(), ["devices"] = new JsonArray() }),
    };

    internal override StubAnswer Error(int status, string code, string message) =>
        StubAnswer.Json(new JsonObject { ["error"] = ErrorOf(code, message), ["node_errors"] = new JsonObject() }, status);

    private static JsonObject ErrorOf(string type, string message, string details = "") =>
        new() { ["type"] = type, ["message"] = message, ["details"] = details, ["extra_info"] = new JsonObject() };

    private async Task<StubAnswer> SubmitAsync(StubExchange exchange)
    {
        if (await Fields.ReadAsync(exchange.Http) is not { IsForm: false } fields || fields.Json("prompt") is not { ValueKind: JsonValueKind.Object } graph)
        {
            exchange.Book.Refuse("no prompt");
            return Error(400, "no_prompt", "No prompt provided");
        }

        var chosen = fields.Text("prompt_id");
        fields.Knows("client_id", "extra_data", "number", "front", "partial_execution_targets");
        if (Fault(graph) is { } fault)
        {
            exchange.Book.Refuse(fault.Why);
            return fault.Answer;
        }

        var job = exchange.Book.Submit(AskedOf(graph) with { Ignored = fields.Unknown }, hex => chosen ?? $"{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}");
        return StubAnswer.Json(new JsonObject { ["prompt_id"] = job.Id, ["number"] = job.Number, ["node_errors"] = new JsonObject() });
    }

    /// <summary>What is wrong with a graph: an unknown node, a missing or misdirected input, no output.</summary>
    private (string Why, StubAnswer Answer)? Fault(JsonElement graph)
    {
        foreach (var node in graph.EnumerateObject())
        {
            if (!node.Value.TryGetProperty("class_type", out var type) || !s_nodes.TryGetValue(type.GetString() ?? "", out var required))
            {
                return ($"node {node.Name} is of no known class", Error(400, "invalid_prompt", $"Cannot execute because node {node.Name} does not exist."));
            }

            if (!node.Value.TryGetProperty("inputs", out var inputs) || required.FirstOrDefault(name => !inputs.TryGetProperty(name, out _)) is not null)
            {
                var missing = required.First(name => inputs.ValueKind != JsonValueKind.Object || !inputs.TryGetProperty(name, out _));
                return ($"{type} lacks {missing}", Invalid(node.Name, type.GetString()!, "required_input_missing", missing));
            }

            if (WrongInput(graph, inputs) is { } wrong)
            {
                return ($"{type}.{wrong} is of the wrong type", Invalid(node.Name, type.GetString()!, "invalid_input_type", wrong));
            }
        }

        return graph.EnumerateObject().Any(node => node.Value.GetProperty("class_type").GetString()!.StartsWith("Save", StringComparison.Ordinal))
            ? null
            : ("the graph has no output", Error(400, "prompt_no_outputs", "Prompt has no outputs"));
    }

    private static string? WrongInput(JsonElement graph, JsonElement inputs) => inputs.EnumerateObject().Where(input => input.Value.ValueKind switch
    {
        JsonValueKind.Array => input.Value.GetArrayLength() != 2 || !graph.TryGetProperty(input.Value[0].ToString(), out _) || input.Value[1].ValueKind != JsonValueKind.Number,
        _ => input.Name switch
        {
            "text" or "filename_prefix" => input.Value.ValueKind != JsonValueKind.String,
            "width" or "height" or "length" or "steps" or "batch_size" => input.Value.ValueKind != JsonValueKind.Number || !input.Value.TryGetInt32(out var count) || count < 1,
            "seed" => input.Value.ValueKind != JsonValueKind.Number || !input.Value.TryGetUInt64(out _),
            "cfg" or "denoise" or "fps" or "shift" => input.Value.ValueKind != JsonValueKind.Number,
            _ => false,
        },
    }).Select(input => input.Name).FirstOrDefault();

    private static StubAnswer Invalid(string node, string type, string error, string input) => StubAnswer.Json(new JsonObject
    {
        ["error"] = ErrorOf("prompt_outputs_failed_validation", "Prompt outputs failed validation"),
        ["node_errors"] = new JsonObject
        {
            [node] = new JsonObject { ["errors"] = new JsonArray(ErrorOf(error, error, input)), ["dependent_outputs"] = new JsonArray(), ["class_type"] = type },
        },
    }, 400);

    /// <summary>Reads the graph from its sampler: the positive text, the latent's shape, seed and steps.</summary>
    private static StubAsked AskedOf(JsonElement graph)
    {
        if (graph.EnumerateObject().FirstOrDefault(node => node.Value.GetProperty("class_type").GetString() == "KSampler").Value is not { ValueKind: JsonValueKind.Object } sampler)
        {
            return new StubAsked();
        }

        var inputs = sampler.GetProperty("inputs");
        var latent = Linked(graph, inputs, "latent_image");
        return new StubAsked
        {
            Prompt = Linked(graph, inputs, "positive") is { } text && text.TryGetProperty("text", out var prompt) ? prompt.GetString() : null,
            Width = Count(latent, "width"),
            Height = Count(latent, "height"),
            Frames = Count(latent, "length"),
            Steps = Count(inputs, "steps"),
            Seed = Count(inputs, "seed"),
            Guidance = inputs.GetProperty("cfg").GetDouble(),
        };
    }

    private static JsonElement? Linked(JsonElement graph, JsonElement inputs, string name) =>
        inputs.TryGetProperty(name, out var link) && link.ValueKind == JsonValueKind.Array ? graph.GetProperty(link[0].ToString()).GetProperty("inputs") : null;

    private static long? Count(JsonElement? inputs, string name) =>
        inputs is { } node && node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) ? count : null;

    private static StubAnswer History(StubExchange exchange)
    {
        var id = exchange.Path.Split('/')[^1];
        if (exchange.Book.Find(id) is not { } job || job.StateAt(exchange.Now) is StubState.Queued or StubState.Running)
        {
            return StubAnswer.Json(new JsonObject());
        }

        var state = job.StateAt(exchange.Now);
        var end = state switch
        {
            StubState.Done => Message("execution_success", job, job.EndsAt),
            StubState.Cancelled => Message("execution_interrupted", job, job.EndsAt),
            _ => Message("execution_error", job, job.EndsAt),
        };
        if (state == StubState.Failed)
        {
            end[1]!["exception_type"] = job.FailsWith;
            end[1]!["exception_message"] = "the sampler failed";
            end[1]!["node_type"] = "KSampler";
        }

        return StubAnswer.Json(new JsonObject
        {
            [id] = new JsonObject
            {
                ["prompt"] = new JsonArray(job.Number, id, new JsonObject(), new JsonObject(), new JsonArray()),
                ["outputs"] = state == StubState.Done
                    ? new JsonObject { ["9"] = new JsonObject { ["images"] = new JsonArray(new JsonObject { ["filename"] = $"clip_{job.Number:00000}_.mp4", ["subfolder"] = "video", ["type"] = "output" }), ["animated"] = new JsonArray(true) } }
                    : new JsonObject(),
                ["status"] = new JsonObject
                {
                    ["status_str"] = state == StubState.Done ? "success" : "error",
                    ["completed"] = state == StubState.Done,
                    ["messages"] = new JsonArray(Message("execution_start", job, job.StartsAt), Message("execution_cached", job, job.StartsAt), end),
                },
                ["meta"] = new JsonObject(),
            },
        }) with { Tells = job };
    }

    private static JsonArray Message(string name, StubJob job, DateTimeOffset at) =>
        new(name, new JsonObject { ["prompt_id"] = job.Id, ["timestamp"] = at.ToUnixTimeMilliseconds() });

    private static StubAnswer Queue(StubExchange exchange)
    {
        JsonArray Standing(StubState state) =>
            [.. exchange.Book.Jobs.Where(job => job.StateAt(exchange.Now) == state && exchange.Book.Find(job.Id) is not null).Select(job => new JsonArray(job.Number, job.Id, new JsonObject(), new JsonObject(), new JsonArray()))];
        return StubAnswer.Json(new JsonObject { ["queue_running"] = Standing(StubState.Running), ["queue_pending"] = Standing(StubState.Queued) });
    }

    private static async Task<StubAnswer> CancelAsync(StubExchange exchange)
    {
        var fields = await Fields.ReadAsync(exchange.Http);
        if (exchange.Path.EndsWith("/interrupt", StringComparison.Ordinal))
        {
            var named = fields?.Text("prompt_id");
            CancelThose(exchange, StubState.Running, exchange.Book.Jobs.Where(job => named is null || job.Id == named));
        }
        else if (fields?.Json("delete") is { ValueKind: JsonValueKind.Array } ids)
        {
            CancelThose(exchange, StubState.Queued, ids.EnumerateArray().Select(id => exchange.Book.Find(id.GetString() ?? "")).OfType<StubJob>());
        }

        return StubAnswer.Text("");
    }

    /// <summary>A waiting prompt is not interrupted and a running one not deleted: the wrong request is heard and does nothing.</summary>
    private static void CancelThose(StubExchange exchange, StubState state, IEnumerable<StubJob> jobs)
    {
        foreach (var job in jobs.Where(job => job.StateAt(exchange.Now) == state))
        {
            job.Cancel(exchange.Now);
        }
    }
}
