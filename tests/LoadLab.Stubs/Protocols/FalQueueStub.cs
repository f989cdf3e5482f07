using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>
/// fal's queue. Written from docs.fal.ai/documentation/model-apis/inference/queue, fal.ai/docs/api-reference/inference-api and docs.fal.ai/documentation/model-apis/request-errors:
/// POST /{owner}/{app}[/path] answers request_id and the addresses of status, response and cancellation, which use owner and app alone and are not to be built by clients; the
/// status is 202 while IN_QUEUE (with queue_position) or IN_PROGRESS and 200 when COMPLETED, which failed requests reach too, with error and error_type; PUT cancels, 200 from the
/// queue, 202 CANCELLATION_REQUESTED when in progress, 400 ALREADY_COMPLETED, 404 NOT_FOUND; `Authorization: Key ...`. Inputs are the model's: these are the ones of
/// fal.ai/models/fal-ai/wan, and what the model refuses is told by the response as 422 with details.
/// </summary>
internal sealed class FalQueueStub : StubProtocol
{
    public override string Name => "fal-queue";

    public override string Path => "fal-ai";

    internal override StubAct ActOf(string method, string path) => (method, path.Split('/', StringSplitOptions.RemoveEmptyEntries)) switch
    {
        ("GET", [_, _, "requests", _, "status"]) => StubAct.Poll,
        ("GET", [_, _, "requests", _]) => StubAct.Fetch,
        ("PUT", [_, _, "requests", _, "cancel"]) => StubAct.Cancel,
        ("POST", [_, _, not "requests", ..] or [_, _]) => StubAct.Submit,
        ("GET", ["health"]) => StubAct.Health,
        _ => StubAct.Other,
    };

    internal override bool Admits(Microsoft.AspNetCore.Http.HttpRequest request, string key) => request.Headers.Authorization == $"Key {key}";

    internal override async Task<StubAnswer> AnswerAsync(StubExchange exchange)
    {
        if (exchange.Act == StubAct.Submit)
        {
            return await SubmitAsync(exchange);
        }

        if (exchange.Act == StubAct.Health)
        {
            return StubAnswer.Text("");
        }

        var job = exchange.Book.Find(exchange.Part(3));
        return exchange.Act switch
        {
            StubAct.Cancel => Cancel(job, exchange.Now),
            _ when job is null || job.StateAt(exchange.Now) == StubState.Cancelled => Error(404, "", "Request not found"),
            StubAct.Fetch => Response(job, exchange.Now),
            _ => Status(job, exchange),
        };
    }

    internal override StubAnswer Error(int status, string code, string message)
    {
        var body = new JsonObject { ["detail"] = message };
        if (code.Length == 0)
        {
            return StubAnswer.Json(body, status);
        }

        body["error_type"] = code;
        return StubAnswer.Json(body, status).With("X-Fal-Error-Type", code);
    }

    private static async Task<StubAnswer> SubmitAsync(StubExchange exchange)
    {
        if (await Fields.ReadAsync(exchange.Http) is not { IsForm: false } fields)
        {
            exchange.Book.Refuse("the body is not a JSON object");
            return StubAnswer.Json(new JsonObject { ["detail"] = "the body is not a JSON object" }, 422);
        }

        var asked = AskedOf(fields) with { Model = exchange.Path.Trim('/') };
        if (fields.Problems is [var (field, why), ..])
        {
            exchange.Book.Refuse($"{field} {why}");
        }

        var job = exchange.Book.Submit(asked with { Ignored = fields.Unknown }, hex => $"{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}", fields.Problems.Count > 0 ? "invalid_input" : null);
        var answer = Addresses(job, exchange);
        answer["status"] = "IN_QUEUE";
        answer["queue_position"] = exchange.Book.Ahead(job, exchange.Now);
        return StubAnswer.Json(answer);
    }

    private static StubAsked AskedOf(Fields fields)
    {
        var side = fields.Text("resolution") switch
        {
            "480p" => 480L,
            "580p" => 580L,
            "720p" => 720L,
            null => (long?)null,
            _ => 0L,
        };
        if (side == 0)
        {
            fields.Problems.Add(("resolution", "is not one of 480p, 580p, 720p"));
        }

        var shape = fields.Text("aspect_ratio");
        if (shape is not (null or "16:9" or "9:16" or "1:1"))
        {
            fields.Problems.Add(("aspect_ratio", "is not one of 16:9, 9:16, 1:1"));
        }

        var longer = shape == "1:1" ? side : side * 16 / 9;

        fields.Knows("negative_prompt", "frames_per_second", "enable_safety_checker", "enable_prompt_expansion", "shift", "guidance_scale_2", "video_quality");
        return new StubAsked
        {
            Prompt = fields.Required("prompt"),
            Width = shape == "9:16" ? side : longer,
            Height = shape == "9:16" ? longer : side,
            Frames = fields.Integer("num_frames"),
            Steps = fields.Integer("num_inference_steps"),
            Seed = fields.Integer("seed"),
            Guidance = fields.Number("guidance_scale"),
        };
    }

    private static JsonObject Addresses(StubJob job, StubExchange exchange)
    {
        var parts = job.Asked.Model!.Split('/');
        var address = $"{exchange.JobAddress}/{parts[0]}/{parts[1]}/requests/{job.Id}";
        return new JsonObject { ["request_id"] = job.Id, ["response_url"] = address, ["status_url"] = address + "/status", ["cancel_url"] = address + "/cancel" };
    }

    private static StubAnswer Status(StubJob job, StubExchange exchange)
    {
        var state = job.StateAt(exchange.Now);
        var answer = Addresses(job, exchange);
        if (state is StubState.Queued or StubState.Running)
        {
            answer["status"] = state == StubState.Queued ? "IN_QUEUE" : "IN_PROGRESS";
            if (state == StubState.Queued)
            {
                answer["queue_position"] = exchange.Book.Ahead(job, exchange.Now);
            }

            return StubAnswer.Json(answer, 202);
        }

        answer["status"] = "COMPLETED";
        answer["metrics"] = new JsonObject { ["inference_time"] = (job.EndsNs - job.StartsNs) / 1e9 };
        if (job.FailsWith is { } code)
        {
            answer["error"] = "the request failed";
            answer["error_type"] = code;
        }

        return StubAnswer.Json(answer) with { Tells = job };
    }

    private StubAnswer Response(StubJob job, long now) => (job.StateAt(now), job.FailsWith) switch
    {
        (StubState.Done, _) => StubAnswer.Json(new JsonObject { ["video"] = new JsonObject { ["url"] = "https://v3.fal.media/files/stub.mp4" }, ["seed"] = job.Asked.Seed }) with { Tells = job },
        (StubState.Failed, "invalid_input") => StubAnswer.Json(new JsonObject
        {
            ["detail"] = new JsonArray(new JsonObject { ["loc"] = new JsonArray("body"), ["msg"] = "the input is not what the model takes", ["type"] = "value_error" }),
        }, 422) with { Tells = job },
        (StubState.Failed, var code) => Error(code == "request_timeout" ? 504 : 500, code!, "the request failed") with { Tells = job },
        _ => Error(400, "", "Request is still in progress"),
    };

    private static StubAnswer Cancel(StubJob? job, long now) => job?.Cancel(now) switch
    {
        null => StubAnswer.Json(new JsonObject { ["status"] = "NOT_FOUND" }, 404),
        StubState.Queued => StubAnswer.Json(new JsonObject { ["status"] = "OK" }),
        StubState.Running => StubAnswer.Json(new JsonObject { ["status"] = "CANCELLATION_REQUESTED" }, 202),
        _ => StubAnswer.Json(new JsonObject { ["status"] = "ALREADY_COMPLETED" }, 400),
    };
}
