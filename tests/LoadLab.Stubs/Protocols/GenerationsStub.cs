using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>
/// The blocking form that MLCommons' endpoints harness drives (trtllm-serve). Written from github.com/mlcommons/endpoints, issue 289 and pull request 293: POST
/// /v1/videos/generations with prompt, negative_prompt, size "WxH", seconds (a number), fps, num_frames, num_inference_steps, guidance_scale, guidance_scale_2, seed,
/// boundary_ratio, latent_path, output_format mp4|avi|auto, response_format video_bytes|video_path; the answer is {video_id, video_path} when the server has finished
/// generating. Fields of no such name are refused.
/// </summary>
internal sealed class GenerationsStub : StubProtocol
{
    public override string Name => "mlcommons-generations";

    public override bool Blocks => true;

    internal override StubAct ActOf(string method, string path) => (method, path) switch
    {
        ("POST", "/v1/videos/generations") => StubAct.Submit,
        ("GET", "/health" or "/healthz" or "/v1/models") => StubAct.Health,
        _ => StubAct.Other,
    };

    internal override async Task<StubAnswer> AnswerAsync(StubExchange exchange)
    {
        if (exchange.Act == StubAct.Health)
        {
            return StubAnswer.Text("");
        }

        if (await Fields.ReadAsync(exchange.Http) is not { IsForm: false } fields)
        {
            exchange.Book.Refuse("the body is not a JSON object");
            return Error(400, "400", "the body is not a JSON object");
        }

        var asked = AskedOf(fields, out var format);
        foreach (var unknown in fields.Unknown)
        {
            fields.Problems.Add((unknown, "is unknown"));
        }

        if (fields.Problems is [var (field, why), ..])
        {
            exchange.Book.Refuse($"{field} {why}");
            return Error(400, "400", $"{field} {why}");
        }

        var job = exchange.Book.Submit(asked, hex => "video_" + hex);
        await HoldAsync(job, exchange.Gone);
        var answer = job.FailsWith is { } code
            ? Error(500, code, "the generation failed")
            : StubAnswer.Json(format == "video_bytes"
                ? new JsonObject { ["video_id"] = job.Id, ["video_bytes"] = Convert.ToBase64String(StubAnswer.Clip) }
                : new JsonObject { ["video_id"] = job.Id, ["video_path"] = $"/videos/{job.Id}.mp4" });
        return answer with { Tells = job };
    }

    internal override StubAnswer Error(int status, string code, string message) => StubAnswer.Json(new JsonObject
    {
        ["error"] = new JsonObject { ["message"] = message, ["type"] = status < 500 ? "BadRequestError" : "InternalServerError", ["param"] = null, ["code"] = code },
    }, status);

    private static StubAsked AskedOf(Fields fields, out string format)
    {
        var size = fields.Size("size");
        fields.Text("negative_prompt");
        fields.Number("seconds");
        fields.Integer("fps");
        fields.Number("guidance_scale_2");
        fields.Number("boundary_ratio");
        fields.Text("latent_path");
        if (fields.Text("output_format") is not (null or "mp4" or "avi" or "auto"))
        {
            fields.Problems.Add(("output_format", "is not one of mp4, avi, auto"));
        }

        format = fields.Text("response_format") ?? "video_path";
        if (format is not ("video_path" or "video_bytes"))
        {
            fields.Problems.Add(("response_format", "is not one of video_bytes, video_path"));
        }

        return new StubAsked
        {
            Prompt = fields.Required("prompt"),
            Model = fields.Text("model"),
            Width = size?.Width,
            Height = size?.Height,
            Frames = fields.Integer("num_frames"),
            Steps = fields.Integer("num_inference_steps"),
            Seed = fields.Integer("seed"),
            Guidance = fields.Number("guidance_scale"),
        };
    }
}
