using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>
/// vLLM-Omni's videos API. Written from docs.vllm.ai/projects/vllm-omni/en/latest/serving/videos_api: multipart/form-data only, the fields of its two tables (integers and
/// numbers as text), statuses queued, in_progress, completed, failed; the record of a job also tells inference_time_s and stage_durations. Fields of no table are ignored, as
/// forms there are; a wrong value is 400 in vLLM's error form, a missing key 401.
/// </summary>
internal sealed class VllmOmniStub : StubProtocol
{
    public override string Name => "vllm-omni";

    internal override StubAct ActOf(string method, string path) => VideoObject.ActOf(method, path);

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

        if (exchange.Book.Find(exchange.Part(2)) is not { } job || job.StateAt(exchange.Now) == StubState.Cancelled)
        {
            return Error(404, "404", "Video not found");
        }

        var state = job.StateAt(exchange.Now);
        switch (exchange.Act)
        {
            case StubAct.Cancel:
                job.Cancel(exchange.Now);
                return StubAnswer.Json(VideoObject.Deleted(job));
            case StubAct.Fetch:
                return state == StubState.Done ? StubAnswer.Video() : Error(400, "400", "the video is not completed");
            default:
                return StubAnswer.Json(RecordOf(job, state, exchange.Now)) with { Tells = state is StubState.Done or StubState.Failed ? job : null };
        }
    }

    internal override StubAnswer Error(int status, string code, string message) => StubAnswer.Json(status == 401
        ? new JsonObject { ["error"] = "Unauthorized" }
        : new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = status < 500 ? "BadRequestError" : "InternalServerError", ["param"] = null, ["code"] = status } }, status);

    private static JsonObject RecordOf(StubJob job, StubState state, long now)
    {
        var record = VideoObject.Of(job, OpenAiVideosStub.WordOf(state), now);
        record["prompt"] = job.Asked.Prompt;
        record["quality"] = "default";
        record["media_type"] = "video/mp4";
        record["inference_time_s"] = state == StubState.Done ? (job.EndsNs - job.StartsNs) / 1e9 : null;
        record["stage_durations"] = state == StubState.Done ? new JsonObject { ["diffusion"] = (job.EndsNs - job.StartsNs) / 1e9 } : new JsonObject();
        record["peak_memory_mb"] = 0.0;
        return record;
    }

    private async Task<StubAnswer> SubmitAsync(StubExchange exchange)
    {
        if (!exchange.Http.HasFormContentType || await Fields.ReadAsync(exchange.Http) is not { } fields)
        {
            exchange.Book.Refuse("the body is not a form");
            return Error(400, "400", "prompt: field required (the body is not multipart/form-data)");
        }

        var size = fields.Size("size");
        fields.Knows("seconds", "user", "input_reference", "image_reference", "video_reference", "audio_reference", "fps", "guidance_scale_2", "boundary_ratio", "flow_shift", "true_cfg_scale",
            "generate_sound", "sound_duration", "negative_prompt", "enable_frame_interpolation", "frame_interpolation_exp", "frame_interpolation_scale", "frame_interpolation_model_path", "lora", "extra_params");
        var asked = new StubAsked
        {
            Prompt = fields.Required("prompt"),
            Model = fields.Text("model"),
            Width = size?.Width ?? fields.Integer("width"),
            Height = size?.Height ?? fields.Integer("height"),
            Frames = fields.Integer("num_frames"),
            Steps = fields.Integer("num_inference_steps"),
            Seed = fields.Integer("seed"),
            Guidance = fields.Number("guidance_scale"),
        };
        fields.Knows("width", "height");
        if (asked.Steps is < 1 or > 200)
        {
            fields.Problems.Add(("num_inference_steps", "is not within 1 and 200"));
        }

        if (fields.Problems is [var (field, why), ..])
        {
            exchange.Book.Refuse($"{field} {why}");
            return Error(400, "400", $"{field} {why}");
        }

        return StubAnswer.Json(RecordOf(exchange.Book.Submit(asked with { Ignored = fields.Unknown }, hex => "video_gen_" + hex), StubState.Queued, exchange.Now));
    }
}
