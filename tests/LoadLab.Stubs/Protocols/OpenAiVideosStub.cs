using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>
/// OpenAI's videos API. Written from developers.openai.com/api/reference/resources/videos (create, retrieve, delete, content) and, for the fields of the job and of the
/// error, learn.microsoft.com/azure/foundry/reference/rest/video-generation-get-video: a form or JSON of prompt, model, size, seconds ("4", "8" or "12", a string) and
/// input_reference; four sizes; statuses queued, in_progress, completed, failed; times in whole Unix seconds; an unknown parameter is refused.
/// </summary>
internal sealed class OpenAiVideosStub : StubProtocol
{
    private static readonly (long, long)[] s_sizes = [(720, 1280), (1280, 720), (1024, 1792), (1792, 1024)];

    public override string Name => "openai-videos";

    internal override StubAct ActOf(string method, string path) => VideoObject.ActOf(method, path);

    internal override async Task<StubAnswer> AnswerAsync(StubExchange exchange)
    {
        if (exchange.Act == StubAct.Submit)
        {
            return await SubmitAsync(exchange);
        }

        if (exchange.Act == StubAct.Health)
        {
            return StubAnswer.Json(new JsonObject { ["object"] = "list", ["data"] = new JsonArray() });
        }

        if (exchange.Book.Find(exchange.Part(2)) is not { } job)
        {
            return Error(404, "not_found", "Video not found");
        }

        var state = job.StateAt(exchange.Now);
        switch (exchange.Act)
        {
            case StubAct.Cancel:
                job.Cancel(exchange.Now);
                return StubAnswer.Json(VideoObject.Deleted(job));
            case var _ when state == StubState.Cancelled:
                return Error(404, "not_found", "Video not found");
            case StubAct.Fetch:
                return state == StubState.Done ? StubAnswer.Video() : Error(404, "not_ready", "Video is not ready yet");
            default:
                return StubAnswer.Json(VideoObject.Of(job, WordOf(state), exchange.Now)) with { Tells = state is StubState.Done or StubState.Failed ? job : null };
        }
    }

    internal override StubAnswer Error(int status, string code, string message) => StubAnswer.Json(ErrorBody(message, status switch
    {
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    }, null, code), status);

    internal static string WordOf(StubState state) => state switch
    {
        StubState.Queued => "queued",
        StubState.Running => "in_progress",
        StubState.Done => "completed",
        _ => "failed",
    };

    internal static JsonObject ErrorBody(string message, string type, string? parameter, string code) =>
        new() { ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = parameter, ["code"] = code } };

    private async Task<StubAnswer> SubmitAsync(StubExchange exchange)
    {
        if (await Fields.ReadAsync(exchange.Http) is not { } fields)
        {
            return Error(400, "invalid_json", "the body is neither JSON nor a form");
        }

        var size = fields.Size("size");
        var seconds = fields.Text("seconds");
        var asked = new StubAsked { Prompt = fields.Required("prompt"), Model = fields.Text("model"), Width = size?.Width ?? 720, Height = size?.Height ?? 1280 };
        fields.Knows("input_reference");
        if (size is { } given && !s_sizes.Contains(given))
        {
            fields.Problems.Add(("size", "is not one of 720x1280, 1280x720, 1024x1792, 1792x1024"));
        }

        if (seconds is not (null or "4" or "8" or "12"))
        {
            fields.Problems.Add(("seconds", "is not one of 4, 8, 12"));
        }

        if (fields.Unknown is [var unknown, ..])
        {
            exchange.Book.Refuse($"{unknown} is unknown");
            return StubAnswer.Json(ErrorBody($"Unknown parameter: '{unknown}'.", "invalid_request_error", unknown, "unknown_parameter"), 400);
        }

        if (fields.Problems is [var (field, why), ..])
        {
            exchange.Book.Refuse($"{field} {why}");
            return StubAnswer.Json(ErrorBody($"{field} {why}", "invalid_request_error", field, "invalid_value"), 400);
        }

        return StubAnswer.Json(VideoObject.Of(exchange.Book.Submit(asked, hex => "video_" + hex), "queued", exchange.Now));
    }
}
