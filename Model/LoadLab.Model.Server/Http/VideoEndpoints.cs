using System.Buffers;
using System.Text;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Model.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LoadLab.Model.Server.Http;

/// <summary>/v1/videos: ask for a clip, follow it, fetch it, give it up; and the blocking form.</summary>
internal sealed class VideoEndpoints(JobDesk desk, ClipStore clips, ContentSender content)
{
    private static readonly Duration s_maxWait = Duration.FromSeconds(60);
    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/videos", (RequestDelegate)Create);
        routes.MapPost("/v1/videos/generations", (RequestDelegate)Generate);
        routes.MapGet("/v1/videos/{id}", (RequestDelegate)Get);
        routes.MapDelete("/v1/videos/{id}", (RequestDelegate)Delete);
        routes.MapGet("/v1/videos/{id}/content", (RequestDelegate)Content);
    }

    private async Task Create(HttpContext http)
    {
        if (await AdmitAsync(http, blocking: false) is ({ } entry, _))
        {
            http.Response.Headers.Location = $"/v1/videos/{entry.Snapshot.Name}";
            await Answer.Job(http, StatusCodes.Status202Accepted, entry.Snapshot);
        }
    }

    private async Task Generate(HttpContext http)
    {
        if (await AdmitAsync(http, blocking: true) is not ({ } entry, { } request))
        {
            return;
        }

        try
        {
            await Task.WhenAny(entry.Ended.Task, desk.Stopping).WaitAsync(http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone: nobody will ever fetch the clip.
            desk.Cancel(entry);
            return;
        }

        if (entry.Snapshot.Status != JobStatus.Completed)
        {
            await Failed(http, entry.Snapshot);
            return;
        }

        await content.SendGeneration(http, entry.Snapshot, request);
    }

    private async Task Get(HttpContext http)
    {
        if (Find(http) is not { } entry)
        {
            await NotFound(http);
            return;
        }

        var wait = Duration.Zero;
        if (http.Request.Query["wait"].ToString() is { Length: > 0 } text)
        {
            if (Quantity.Time(text) is not { } given || given > s_maxWait)
            {
                await Answer.Invalid(http, [new FieldProblem("wait", text, $"is not a duration up to {s_maxWait.Seconds} s", "write for example wait=30s")], desk.Model);
                return;
            }

            wait = given;
        }

        if (wait > Duration.Zero && !entry.Snapshot.Ended)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            await Task.WhenAny(entry.Ended.Task, Task.Delay(wait.ToTimeSpan(), limit.Token), desk.Stopping);
            await limit.CancelAsync();
        }

        await Answer.Job(http, StatusCodes.Status200OK, entry.Snapshot);
    }

    private async Task Delete(HttpContext http)
    {
        if (Find(http) is not { } entry)
        {
            await NotFound(http);
            return;
        }

        var ended = entry.Snapshot.Ended;
        if (ended)
        {
            clips.Drop(entry.Snapshot.Id);
        }
        else
        {
            desk.Cancel(entry);
        }

        await Answer.Job(http, ended ? StatusCodes.Status200OK : StatusCodes.Status202Accepted, entry.Snapshot);
    }

    private Task Content(HttpContext http) => Find(http) switch
    {
        null => NotFound(http),
        { Snapshot.Status: JobStatus.Completed } entry => content.Send(http, entry.Snapshot),
        { Snapshot: var job } => Answer.Problem(
            http,
            StatusCodes.Status409Conflict,
            "there is no clip",
            job.Ended ? $"the job ended without one: {job.ErrorMessage}" : "the job has not ended yet",
            job.ErrorCode),
    };

    /// <summary>Reads, checks and queues a request; null when it was answered with a problem.</summary>
    private async Task<(JobEntry? Entry, VideoRequest? Request)> AdmitAsync(HttpContext http, bool blocking)
    {
        if (!http.Request.HasJsonContentType())
        {
            await Answer.Problem(http, StatusCodes.Status415UnsupportedMediaType, "the body is not JSON", "send Content-Type: application/json");
            return default;
        }

        // Kestrel refuses a longer body while it is read.
        var body = await http.Request.BodyReader.ReadToEndAsync(http.RequestAborted);
        var received = desk.Now;
        var request = Parse(body, blocking, out var problems);
        if (request is null)
        {
            await Answer.Invalid(http, problems, desk.Model);
            return default;
        }

        var (entry, admission) = await desk.AdmitAsync(request, received, http.RequestAborted);
        if (admission.Accepted)
        {
            return (entry, request);
        }

        await (admission.Reason == "429"
            ? Answer.TooMany(http, desk.RetryAfterSeconds)
            : Answer.Problem(http, StatusCodes.Status503ServiceUnavailable, "the server takes no more jobs", null, admission.Reason));
        return default;
    }

    private VideoRequest? Parse(ReadOnlyMemory<byte> body, bool blocking, out IReadOnlyList<FieldProblem> problems)
    {
        try
        {
            using var json = JsonDocument.Parse(body, s_json);
            return VideoRequest.Read(json.RootElement, desk.Model, blocking, out problems);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair, found only when the text is read.
            problems = [new FieldProblem("", null, "the body is not valid JSON", e.Message)];
            return null;
        }
    }

    private JobEntry? Find(HttpContext http) => desk.Find((string)http.Request.RouteValues["id"]!);

    private static Task NotFound(HttpContext http) =>
        Answer.Problem(http, StatusCodes.Status404NotFound, "there is no such job", "it never was, or it ended too long ago", "gone");

    private static Task Failed(HttpContext http, JobSnapshot job) => Answer.Problem(http, new ProblemDocument
    {
        Title = "no clip was made",
        Status = job.ErrorCode is "expired" or "quota" or "overload" or "content" ? StatusCodes.Status429TooManyRequests
            : job.ErrorCode is "shutdown" or "cancelled" or null ? StatusCodes.Status503ServiceUnavailable
            : StatusCodes.Status500InternalServerError,
        Detail = job.ErrorMessage ?? "the server stopped before the job ended",
        Code = job.ErrorCode ?? "shutdown",
        Job = JobDocument.Of(job),
    });
}
