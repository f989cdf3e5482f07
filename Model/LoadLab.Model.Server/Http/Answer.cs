using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Model.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Http;

/// <summary>Writes the server's JSON answers.</summary>
internal static class Answer
{
    public static Task Job(HttpContext http, int status, JobSnapshot job) => Job(http, status, JobDocument.Of(job));

    public static Task Job(HttpContext http, int status, JobDocument job) =>
        Write(http, status, "application/json", JsonSerializer.SerializeToUtf8Bytes(job, ServerJson.Default.JobDocument));

    public static Task Ready(HttpContext http, int status, ReadyDocument ready) =>
        Write(http, status, "application/json", JsonSerializer.SerializeToUtf8Bytes(ready, ServerJson.Default.ReadyDocument));

    public static Task Problem(HttpContext http, ProblemDocument problem) =>
        Write(http, problem.Status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(problem, ServerJson.Default.ProblemDocument));

    public static Task Problem(HttpContext http, int status, string title, string? detail = null, string? code = null) =>
        Problem(http, new ProblemDocument { Title = title, Status = status, Detail = detail, Code = code });

    public static Task Invalid(HttpContext http, BadRequest bad) => Problem(http, new ProblemDocument
    {
        Title = Title(bad.Count, "in the request"),
        Status = StatusCodes.Status400BadRequest,
        Errors = bad.Problems,
        AcceptedShapes = bad.Problems.Any(problem => problem.Field is "size" or "num_frames" or "seconds" or "num_inference_steps") ? AcceptedShapes(bad.Model) : null,
    });

    public static Task Forbidden(HttpContext http, IReadOnlyList<FieldProblem> problems) =>
        Problem(http, new ProblemDocument { Title = Title(problems.Count, "with the key"), Status = StatusCodes.Status403Forbidden, Code = "key", Errors = problems });

    /// <param name="http">The request.</param>
    /// <param name="refusal">What to say.</param>
    /// <param name="retryAfter">When asking again may help; null = not known.</param>
    /// <param name="job">The job, where it was let in first.</param>
    public static Task Refused(HttpContext http, Refusal refusal, Duration? retryAfter, JobSnapshot? job = null)
    {
        if (retryAfter is { } after)
        {
            http.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(after.Seconds)).ToString("F0", CultureInfo.InvariantCulture);
        }

        return Problem(http, new ProblemDocument
        {
            Title = refusal.Title,
            Status = refusal.Status,
            Detail = job?.ErrorMessage is { Length: > 0 } detail ? $"{detail}; {refusal.Advice}" : refusal.Advice,
            Code = refusal.Code,
            Job = job is null ? null : JobDocument.Of(job),
        });
    }

    /// <summary>Too many ask for the same thing at once; a second later fewer may.</summary>
    public static Task Busy(HttpContext http, string title, string detail)
    {
        http.Response.Headers.RetryAfter = "1";
        return Problem(http, StatusCodes.Status429TooManyRequests, title, detail, "429");
    }

    /// <summary>The job with its clip as b64_json, which is encoded on its way out: clips of a hundred megabytes are never held in memory.</summary>
    public static async Task JobWithClip(HttpContext http, JobDocument job, Stream clip)
    {
        const int Piece = 48 << 10;

        // The clip is the document's last field: its empty text is where the clip goes.
        var frame = JsonSerializer.SerializeToUtf8Bytes(job with { Base64 = [] }, ServerJson.Default.JobDocument);
        var end = "\"}".Length;
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = frame.Length + ((clip.Length + 2) / 3 * 4);
        await http.Response.Body.WriteAsync(frame.AsMemory(..^end), http.RequestAborted);
        var bytes = new byte[Piece];
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(Piece)];
        while (await clip.ReadAtLeastAsync(bytes, Piece, throwOnEndOfStream: false, http.RequestAborted) is > 0 and var read)
        {
            Base64.EncodeToUtf8(bytes.AsSpan(0, read), text, out _, out var written);
            await http.Response.Body.WriteAsync(text.AsMemory(0, written), http.RequestAborted);
        }

        await http.Response.Body.WriteAsync(frame.AsMemory(^end..), http.RequestAborted);
    }

    private static string[]? AcceptedShapes(ServedModel? model) => model is not { Spec.Shapes: var shapes } ? null
        : [$"size: {shapes.SizeText}", $"num_frames: {shapes.FramesText}", $"num_inference_steps: {shapes.StepsText}", .. model.Profile is { } profile ? [$"of these, what profile {profile.Name} knows: {profile.Known()}"] : (string[])[]];

    private static string Title(int problems, string where) => problems == 1 ? $"1 problem {where}" : string.Create(CultureInfo.InvariantCulture, $"{problems} problems {where}");

    private static Task Write(HttpContext http, int status, string type, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
