using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Server.Http;

/// <summary>A request to make a clip, checked against the model's shapes and with every default filled in.</summary>
internal sealed record VideoRequest
{
    private const int MaxPrompt = 8192;
    private const int MaxName = 128;
    private const double MaxDeadlineMilliseconds = 30 * 86_400_000.0;

    public required ServedModel Model { get; init; }

    public required string Prompt { get; init; }

    public string? NegativePrompt { get; init; }

    public required JobShape Shape { get; init; }

    public required int FramesPerSecond { get; init; }

    /// <summary>Null = the model's own.</summary>
    public float? Guidance { get; init; }

    /// <summary>Scale of the high-noise expert; a model with one expert has no use for it.</summary>
    public float? HighNoiseGuidance { get; init; }

    /// <summary>Name of the level asked for; empty = none was: the full one.</summary>
    public string Quality { get; init; } = "";

    /// <summary>Null = the server derives one.</summary>
    public long? Seed { get; init; }

    public string Tenant { get; init; } = "";

    public string Tier { get; init; } = "";

    /// <summary>Longest useful latency, from receipt.</summary>
    public Duration? Deadline { get; init; }

    /// <summary>video_path or b64_json; the blocking form only.</summary>
    public string ResponseFormat { get; init; } = "video_path";

    /// <summary>y4m, mp4 or auto; the blocking form only.</summary>
    public string OutputFormat { get; init; } = "auto";

    /// <summary>The job as models know it.</summary>
    /// <param name="seed">Used where the request has none of its own.</param>
    public VideoJob JobWith(ulong seed) => new(Prompt, (ulong?)Seed ?? seed) { NegativePrompt = NegativePrompt, Guidance = Guidance, HighNoiseGuidance = HighNoiseGuidance };

    /// <summary>Null when the body has problems: all of them are in <paramref name="bad"/>.</summary>
    /// <param name="root">The body.</param>
    /// <param name="models">What is served; a request that names no model gets the first.</param>
    /// <param name="blocking">Whether the fields of the blocking form are known.</param>
    /// <param name="bad">What is wrong; null when nothing is.</param>
    public static VideoRequest? Read(JsonElement root, IReadOnlyList<ServedModel> models, bool blocking, out BadRequest? bad)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            bad = new BadRequest(new FieldProblem("", null, "the body is not a JSON object", """write for example {"prompt": "a cat"}"""));
            return null;
        }

        var body = new RequestBody(root);
        var model = ReadModel(body, models);
        var request = Read(body, model ?? models[0], isKnown: model is not null, blocking);
        body.Close();
        bad = body.Count == 0 ? null : new BadRequest(body.Problems, body.Count, model);
        return bad is null ? request : null;
    }

    /// <param name="body">Reads the fields.</param>
    /// <param name="model">Gives the defaults.</param>
    /// <param name="isKnown">Whether the request asked for it: the shape is checked against no other.</param>
    /// <param name="blocking">Whether the fields of the blocking form are known.</param>
    private static VideoRequest Read(RequestBody body, ServedModel model, bool isKnown, bool blocking)
    {
        var spec = model.Spec;
        var asked = QualityLevel.Find(body.Choice("quality", [.. QualityLevel.Words]) ?? "");
        var level = asked ?? QualityLevel.Full;
        var preset = level.ShapeOf(spec);
        var (width, height) = ReadSize(body, preset);
        var fps = (int)(body.Integer("fps", 1, 120) ?? spec.FramesPerSecond);
        var frames = ReadFrames(body, preset, fps);
        var steps = (int?)body.Integer("num_inference_steps", 1, int.MaxValue);
        var guidance = (float?)body.Number("guidance_scale", 1, 30);
        var highNoiseGuidance = (float?)body.Number("guidance_scale_2", 1, 30);
        var request = new VideoRequest
        {
            Model = model,
            Prompt = ReadPrompt(body),
            NegativePrompt = body.Text("negative_prompt", MaxPrompt),
            Shape = level.Apply(new JobShape(width, height, frames, steps ?? preset.Steps)),
            FramesPerSecond = fps,
            Guidance = guidance ?? level.Guidance,
            HighNoiseGuidance = highNoiseGuidance ?? level.Guidance,
            Quality = asked?.Name ?? "",
            Seed = body.Integer("seed", 0, long.MaxValue),
            Tenant = body.Name("user", MaxName) ?? "",
            Tier = body.Name("service_tier", MaxName) ?? "",
            Deadline = body.Number("deadline_ms", 0.001, MaxDeadlineMilliseconds) is { } deadline ? Duration.FromMilliseconds(deadline) : null,
        };
        if (isKnown)
        {
            Report(body, model.Check(request.Shape, request.JobWith(0)), model.Name);
        }

        Report(body, level.Check(spec, (width, height), steps, guidance, highNoiseGuidance), $"quality {level.Name}");
        return blocking ? ReadBlocking(body, request) : request;
    }

    /// <summary>The further fields of MLCommons' endpoints (specs/load-semantics.md 3.2).</summary>
    private static VideoRequest ReadBlocking(RequestBody body, VideoRequest request)
    {
        foreach (var (field, why) in (ReadOnlySpan<(string, string)>)[("boundary_ratio", "this model has one expert"), ("latent_path", "the server reads no file that a client names")])
        {
            if (body.Find(field) is { } value)
            {
                body.Add(field, value.GetRawText(), $"is not supported: {why}", "leave it out");
            }
        }

        request = request with
        {
            OutputFormat = body.Choice("output_format", "auto", "y4m", "mp4") ?? "auto",
            ResponseFormat = body.Choice("response_format", "video_path", "b64_json") ?? "video_path",
        };
        if (request is { OutputFormat: "mp4", ResponseFormat: "video_path" })
        {
            body.Add("output_format", "mp4", "is not kept on the server: clips lie there as .y4m", "write \"response_format\": \"b64_json\", or fetch content?format=mp4");
        }

        return request;
    }

    private static string ReadPrompt(RequestBody body)
    {
        if (!body.Has("prompt"))
        {
            body.Add("prompt", null, "is missing", """add for example "prompt": "a cat" """.TrimEnd());
            return "";
        }

        var prompt = body.Text("prompt", MaxPrompt);
        if (prompt is not null && string.IsNullOrWhiteSpace(prompt))
        {
            body.Add("prompt", prompt, "is empty", "describe the clip");
        }

        return prompt ?? "";
    }

    /// <summary>The one that is named, or the first; null with a problem when the name is not served here.</summary>
    private static ServedModel? ReadModel(RequestBody body, IReadOnlyList<ServedModel> models)
    {
        if (!body.Has("model"))
        {
            return models[0];
        }

        var name = body.Text("model", MaxName);
        var model = models.FirstOrDefault(model => model.Name == name);
        if (name is not null && model is null)
        {
            body.Add("model", name, "is not served here", $"write {string.Join(" or ", models.Select(served => served.Name))}, or leave it out for the first");
        }

        return model;
    }

    private static (int Width, int Height) ReadSize(RequestBody body, JobShape native)
    {
        if (body.Text("size", MaxName) is not { } text)
        {
            return (native.Width, native.Height);
        }

        if (Quantity.Size(text) is { } size)
        {
            return size;
        }

        body.Add("size", text, "is not a size", $"write WxH, for example {native.Width}x{native.Height}");
        return (native.Width, native.Height);
    }

    private static int ReadFrames(RequestBody body, JobShape native, int fps)
    {
        var given = body.Integer("num_frames", 1, int.MaxValue);
        var seconds = body.Number("seconds", 0.001, 3600);
        if (given is not null && seconds is not null)
        {
            body.Add("seconds", null, "stands beside num_frames", "give the length once: num_frames, or seconds with fps");
        }

        return (int?)given ?? (seconds is { } length ? FramesFor(length * fps) : native.Frames);
    }

    /// <summary>The number of frames of a clip that lasts at least <paramref name="frames"/> frames: the next 4n+1. A millionth of a group is rounding, not time.</summary>
    private static int FramesFor(double frames) => checked((4 * (int)Math.Ceiling((Math.Max(0, frames - 1) / 4) - 1e-6)) + 1);

    private static void Report(RequestBody body, IReadOnlyList<ShapeProblem> problems, string by)
    {
        foreach (var problem in problems)
        {
            var field = problem.Field switch
            {
                "frames" => body.Has("seconds") ? "seconds" : "num_frames",
                "steps" => "num_inference_steps",
                "shape" => "size",
                "guidance" => "guidance_scale",
                "high-noise guidance" => "guidance_scale_2",
                var other => other,
            };
            body.Add(field, problem.Value, $"{problem.Field} {problem.Value} is not accepted by {by}", $"accepted: {problem.Accepted}");
        }
    }
}
