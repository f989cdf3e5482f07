using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>
/// SGLang's diffusion server. Written from docs.sglang.io/diffusion/api/openai_api ("a subset of the OpenAI Videos API") and docs.nvidia.com/aiperf (SGLang Video Generation):
/// JSON of prompt, size, seconds (a whole number here), fps, num_frames, seed, num_inference_steps, guidance_scale, negative_prompt; a job is queued until it is completed or
/// failed. Unknown fields are ignored, a missing or wrong one is 422 with a list of details.
/// </summary>
internal sealed class SglangStub : StubProtocol
{
    public override string Name => "sglang";

    internal override StubAct ActOf(string method, string path) => VideoObject.ActOf(method, path);

    internal override async Task<StubAnswer> AnswerAsync(StubExchange exchange)
    {
        if (exchange.Act == StubAct.Submit)
        {
            return await SubmitAsync(exchange);
        }

        if (exchange.Act == StubAct.Health)
        {
            return StubAnswer.Json(new JsonObject { ["status"] = "ok" });
        }

        if (exchange.Book.Find(exchange.Part(2)) is not { } job || job.StateAt(exchange.Now) == StubState.Cancelled)
        {
            return Error(404, "", "Video not found");
        }

        var state = job.StateAt(exchange.Now);
        switch (exchange.Act)
        {
            case StubAct.Cancel:
                job.Cancel(exchange.Now);
                return StubAnswer.Json(VideoObject.Of(job, "deleted", exchange.Now));
            case StubAct.Fetch:
                return state == StubState.Done ? StubAnswer.Video() : Error(404, "", "Generation is still in-progress");
            default:
                return StubAnswer.Json(RecordOf(job, state, exchange.Now)) with { Tells = state is StubState.Done or StubState.Failed ? job : null };
        }
    }

    internal override StubAnswer Error(int status, string code, string message) => StubAnswer.Json(new JsonObject { ["detail"] = message }, status);

    private static JsonObject RecordOf(StubJob job, StubState state, long now)
    {
        var record = VideoObject.Of(job, state == StubState.Running ? "queued" : OpenAiVideosStub.WordOf(state), now);
        record["progress"] = state == StubState.Done ? 100 : 0;
        record["quality"] = "standard";
        record["inference_time_s"] = state == StubState.Done ? (job.EndsNs - job.StartsNs) / 1e9 : null;
        return record;
    }

    private static async Task<StubAnswer> SubmitAsync(StubExchange exchange)
    {
        if (await Fields.ReadAsync(exchange.Http) is not { } fields)
        {
            exchange.Book.Refuse("the body is neither JSON nor a form");
            return Details([("body", "is neither JSON nor a form")]);
        }

        var size = fields.Size("size");
        fields.Integer("seconds");
        fields.Integer("fps");
        fields.Knows("input_reference", "reference_url", "generator_device", "guidance_scale_2", "true_cfg_scale", "negative_prompt", "enable_teacache", "output_quality", "output_compression",
            "output_path", "diffusers_kwargs", "extra_body");
        var asked = new StubAsked
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
        if (fields.Problems.Count > 0)
        {
            exchange.Book.Refuse(string.Join("; ", fields.Problems.Select(problem => $"{problem.Field} {problem.Why}")));
            return Details(fields.Problems);
        }

        return StubAnswer.Json(RecordOf(exchange.Book.Submit(asked with { Ignored = fields.Unknown }, hex => hex), StubState.Queued, exchange.Now));
    }

    private static StubAnswer Details(IEnumerable<(string Field, string Why)> problems) => StubAnswer.Json(new JsonObject
    {
        ["detail"] = new JsonArray([.. problems.Select(problem => new JsonObject { ["type"] = "value_error", ["loc"] = new JsonArray("body", problem.Field), ["msg"] = problem.Why })]),
    }, 422);
}
