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

    /// <summary>Null when the body has problems: all of them are in <paramref name="problems"/>.</summary>
    public static VideoRequest? Read(JsonElement root, WanModelSpec model, bool blocking, out IReadOnlyList<FieldProblem> problems)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            problems = [new FieldProblem("", null, "the body is not a JSON object", """write for example {"prompt": "a cat"}""")];
            return null;
        }

        var body = new RequestBody(root);
        var request = Read(body, model, blocking);
        body.Close();
        problems = body.Problems;
        return problems.Count == 0 ? request : null;
    }

    private static VideoRequest Read(RequestBody body, WanModelSpec model, bool blocking)
    {
        CheckModel(body, model);
        var asked = QualityLevel.Find(body.Choice("quality", [.. QualityLevel.Words]) ?? "");
        var level = asked ?? QualityLevel.Full;
        var preset = level.ShapeOf(model);
        var (width, height) = ReadSize(body, preset);
        var fps = (int)(body.Integer("fps", 1, 120) ?? model.FramesPerSecond);
        var frames = ReadFrames(body, preset, fps);
        var steps = (int?)body.Integer("num_inference_steps", 1, int.MaxValue);
        var shape = level.Apply(new JobShape(width, height, frames, steps ?? preset.Steps));
        var guidance = (float?)body.Number("guidance_scale", 1, 30);
        var highNoiseGuidance = (float?)body.Number("guidance_scale_2", 1, 30);
        Report(body, model.Shapes.Check(shape), model.Name);
        Report(body, level.Check(model, (width, height), steps, guidance, highNoiseGuidance), $"quality {level.Name}");
        var request = new VideoRequest
        {
            Prompt = ReadPrompt(body),
            NegativePrompt = body.Text("negative_prompt", MaxPrompt),
            Shape = shape,
            FramesPerSecond = fps,
            Guidance = guidance ?? level.Guidance,
            HighNoiseGuidance = highNoiseGuidance ?? level.Guidance,
            Quality = asked?.Name ?? "",
            Seed = body.Integer("seed", 0, long.MaxValue),
            Tenant = body.Text("user", MaxName) ?? "",
            Tier = body.Text("service_tier", MaxName) ?? "",
            Deadline = body.Number("deadline_ms", 0.001, MaxDeadlineMilliseconds) is { } deadline ? Duration.FromMilliseconds(deadline) : null,
        };
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

    private static void CheckModel(RequestBody body, WanModelSpec model)
    {
        if (body.Text("model", MaxName) is { } name && name != model.Name)
        {
            body.Add("model", name, "is not served here", $"write {model.Name} or leave it out");
        }
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
                "guidance" => "guidance_scale",
                "high-noise guidance" => "guidance_scale_2",
                var other => other,
            };
            body.Add(field, problem.Value, $"{problem.Field} {problem.Value} is not accepted by {by}", $"accepted: {problem.Accepted}");
        }
    }
}
