using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Model.Server.Jobs;

namespace LoadLab.Model.Server.Http;

/// <summary>A request to make a clip, checked against the model's shapes and with every default filled in.</summary>
internal sealed record VideoRequest
{
    private const int MaxPrompt = 8192;
    private const int MaxName = 128;
    private const double MaxDeadlineMilliseconds = 30 * 86_400_000.0;

    public required string Prompt { get; init; }

    public string? NegativePrompt { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Frames { get; init; }

    public required int FramesPerSecond { get; init; }

    public required int Steps { get; init; }

    public required double Guidance { get; init; }

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
    public static VideoRequest? Read(JsonElement root, ServedModel model, bool blocking, out IReadOnlyList<FieldProblem> problems)
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

    private static VideoRequest Read(RequestBody body, ServedModel model, bool blocking)
    {
        CheckModel(body, model);
        var (width, height) = ReadSize(body, model);
        var fps = (int)(body.Integer("fps", 1, 120) ?? model.FramesPerSecond);
        var request = new VideoRequest
        {
            Prompt = ReadPrompt(body),
            NegativePrompt = body.Text("negative_prompt", MaxPrompt),
            Width = width,
            Height = height,
            FramesPerSecond = fps,
            Frames = ReadFrames(body, model, fps),
            Steps = ReadSteps(body, model),
            Guidance = body.Number("guidance_scale", 0, 100) ?? model.Guidance,
            Seed = body.Integer("seed", 0, long.MaxValue),
            Tenant = body.Text("user", MaxName) ?? "",
            Tier = body.Text("service_tier", MaxName) ?? "",
            Deadline = body.Number("deadline_ms", 1, MaxDeadlineMilliseconds) is { } deadline ? Duration.FromMilliseconds(deadline) : null,
        };

        // Wan2.2's second expert has its own scale; a model with one expert checks the field and has no use for it.
        body.Number("guidance_scale_2", 0, 100);
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

        return request with
        {
            OutputFormat = body.Choice("output_format", "auto", "y4m", "mp4") ?? "auto",
            ResponseFormat = body.Choice("response_format", "video_path", "b64_json") ?? "video_path",
        };
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

    private static void CheckModel(RequestBody body, ServedModel model)
    {
        if (body.Text("model", MaxName) is { } name && name != model.Name)
        {
            body.Add("model", name, "is not served here", $"write {model.Name} or leave it out");
        }
    }

    private static (int Width, int Height) ReadSize(RequestBody body, ServedModel model)
    {
        if (body.Text("size", MaxName) is not { } text)
        {
            return (model.Width, model.Height);
        }

        if (Quantity.Size(text) is not { } size)
        {
            body.Add("size", text, "is not a size", $"write WxH, for example {model.Width}x{model.Height}");
        }
        else if (!model.AcceptsSize(size.Width, size.Height))
        {
            body.Add("size", text, "is not a size this model makes", model.AcceptedShapes[0]);
        }
        else
        {
            return size;
        }

        return (model.Width, model.Height);
    }

    private static int ReadFrames(RequestBody body, ServedModel model, int fps)
    {
        var given = body.Integer("num_frames", 1, int.MaxValue);
        var seconds = body.Number("seconds", 0.001, 3600);
        if (given is not null && seconds is not null)
        {
            body.Add("seconds", null, "stands beside num_frames", "give the length once: num_frames, or seconds with fps");
        }

        var frames = given ?? (seconds is { } length ? ServedModel.FramesFor(length * fps) : model.Frames);
        if (frames <= int.MaxValue && model.AcceptsFrames((int)frames))
        {
            return (int)frames;
        }

        body.Add(given is null ? "seconds" : "num_frames", $"{frames}", "is not a number of frames this model makes", model.AcceptedShapes[1]);
        return model.Frames;
    }

    private static int ReadSteps(RequestBody body, ServedModel model)
    {
        var steps = body.Integer("num_inference_steps", 1, int.MaxValue) ?? model.Steps;
        if (!model.AcceptsSteps((int)steps))
        {
            body.Add("num_inference_steps", $"{steps}", "is not a number of steps this model runs", model.AcceptedShapes[2]);
        }

        return (int)steps;
    }
}
