using System.Globalization;
using System.Text.Json.Nodes;

namespace LoadLab.Stubs.Protocols;

/// <summary>What the services that follow OpenAI's videos API share: its paths and the fields of its video object.</summary>
internal static class VideoObject
{
    public static StubAct ActOf(string method, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (method, parts) switch
        {
            ("POST", ["v1", "videos"]) => StubAct.Submit,
            ("GET", ["v1", "videos", _]) => StubAct.Poll,
            ("GET", ["v1", "videos", _, "content"]) => StubAct.Fetch,
            ("DELETE", ["v1", "videos", _]) => StubAct.Cancel,
            ("GET", ["health" or "healthz"] or ["v1", "models"]) => StubAct.Health,
            _ => StubAct.Other,
        };
    }

    public static JsonObject Of(StubJob job, string status, long now)
    {
        var ended = status is "completed" or "failed";
        return new JsonObject
        {
            ["id"] = job.Id,
            ["object"] = "video",
            ["model"] = job.Asked.Model ?? "stub",
            ["status"] = status,
            ["progress"] = status == "failed" ? 0 : job.ProgressAt(now),
            ["created_at"] = job.SubmittedAt.ToUnixTimeSeconds(),
            ["completed_at"] = ended ? job.EndsAt.ToUnixTimeSeconds() : null,
            ["expires_at"] = ended ? job.EndsAt.AddHours(1).ToUnixTimeSeconds() : null,
            ["size"] = string.Create(CultureInfo.InvariantCulture, $"{job.Asked.Width}x{job.Asked.Height}"),
            ["seconds"] = "4",
            ["remixed_from_video_id"] = null,
            ["error"] = job.FailsWith is { } code && status == "failed" ? new JsonObject { ["code"] = code, ["message"] = "the generation failed" } : null,
        };
    }

    public static JsonObject Deleted(StubJob job) => new() { ["id"] = job.Id, ["object"] = "video.deleted", ["deleted"] = true };
}
