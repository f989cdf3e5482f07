using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Model.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LoadLab.Model.Server.Http;

/// <summary>/v1/videos: ask for a clip, follow it, fetch it, give it up; and the blocking form.</summary>
internal sealed class VideoEndpoints(JobDesk desk, ClipStore clips, ContentSender content, HttpLimits limits)
{
    private static readonly Duration s_maxWait = Duration.FromSeconds(60);
    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 8, AllowDuplicateProperties = false };
    private readonly Places _polls = new(limits.LongPolls);

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
            desk.TryCancel(entry);
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
                await Answer.Invalid(http, new BadRequest(new FieldProblem("wait", text, $"is not a duration up to {s_maxWait.Seconds} s", "write for example wait=30s")));
                return;
            }

            wait = given;
        }

        if (wait > Duration.Zero && !entry.Snapshot.Ended && !await HoldAsync(http, entry, wait))
        {
            await Answer.Busy(http, "too many requests wait for a job", "ask without wait, or come back after the seconds in Retry-After");
            return;
        }

        await Answer.Job(http, StatusCodes.Status200OK, entry.Snapshot);
    }

    /// <summary>Waits for the job's end, the client's time, the client or the server; false at once when too many wait already.</summary>
    private async Task<bool> HoldAsync(HttpContext http, JobEntry entry, Duration wait)
    {
        if (!_polls.TryEnter())
        {
            return false;
        }

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            await Task.WhenAny(entry.Ended.Task, Task.Delay(wait.ToTimeSpan(), limit.Token), desk.Stopping);
            await limit.CancelAsync();
            return true;
        }
        finally
        {
            _polls.Leave();
        }
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
        else if (!desk.TryCancel(entry))
        {
            await Answer.Busy(http, "too much waits to be handled", "come back after the seconds in Retry-After");
            return;
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
            job.ErrorCode is { } code ? $"the job ended without one: {Refusal.MessageOf(code, job.ErrorMessage)}" : "the job has not ended yet",
            job.ErrorCode is { } reason ? Refusal.CodeOf(reason) : null),
    };

    /// <summary>Reads, checks and queues a request; null when it was answered with a problem.</summary>
    private async Task<(JobEntry? Entry, VideoRequest? Request)> AdmitAsync(HttpContext http, bool blocking)
    {
        if (!http.Request.HasJsonContentType())
        {
            await Answer.Problem(http, StatusCodes.Status415UnsupportedMediaType, "the body is not JSON", "send Content-Type: application/json");
            return default;
        }

        if (http.Request.Headers.ContentEncoding.Count > 0)
        {
            await Answer.Problem(http, StatusCodes.Status415UnsupportedMediaType, "the body is packed", "send it as it is, without Content-Encoding");
            return default;
        }

        var body = await http.ReadBodyAsync(limits);
        var received = desk.Now;
        var request = Parse(body, blocking, out var bad);
        if (request is null)
        {
            await Answer.Invalid(http, bad!);
            return default;
        }

        if (http.Features.Get<ApiKey>() is { } key)
        {
            request = key.Sign(request, out var forbidden);
            if (forbidden.Count > 0)
            {
                await Answer.Forbidden(http, forbidden);
                return default;
            }
        }

        var (entry, admission) = await desk.AdmitAsync(request, received, http.RequestAborted);
        if (admission.Accepted)
        {
            return (entry, request);
        }

        await Refuse(http, admission);
        return default;
    }

    private Task Refuse(HttpContext http, Admission admission) => Refusal.Of(admission.Reason) is { } refusal
        ? Answer.Refused(http, refusal, admission.RetryAfter ?? (admission.Reason == "429" ? desk.RetryAfter : null))
        : Answer.Problem(http, StatusCodes.Status503ServiceUnavailable, "the server takes no more jobs", null, admission.Reason);

    private VideoRequest? Parse(ReadOnlyMemory<byte> body, bool blocking, out BadRequest? bad)
    {
        try
        {
            using var json = JsonDocument.Parse(body, s_json);
            return VideoRequest.Read(json.RootElement, desk.Models, blocking, out bad);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair, found only when the text is read.
            bad = new BadRequest(new FieldProblem("", null, "the body is not valid JSON", e.Message));
            return null;
        }
    }

    /// <summary>The job of the path; null when there is none, or when it is not the business of the request's key: which of the two does not show.</summary>
    private JobEntry? Find(HttpContext http) =>
        desk.Find((string)http.Request.RouteValues["id"]!) is { } entry && http.Features.Get<ApiKey>()?.Sees(entry.View.Tenant) != false ? entry : null;

    private static Task NotFound(HttpContext http) =>
        Answer.Problem(http, StatusCodes.Status404NotFound, "there is no such job", "it never was, or it ended too long ago", "gone");

    private static Task Failed(HttpContext http, JobSnapshot job) => Refusal.Of(job.ErrorCode) is { } refusal
        ? Answer.Refused(http, refusal, retryAfter: null, job)
        : Answer.Problem(http, new ProblemDocument
        {
            Title = "no clip was made",
            Status = job.ErrorCode is "cancelled" or null ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError,
            Detail = job.ErrorMessage ?? "the server stopped before the job ended",
            Code = job.ErrorCode ?? "shutdown",
            Job = JobDocument.Of(job),
        });
}
