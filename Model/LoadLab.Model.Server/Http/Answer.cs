using System.Globalization;
using System.Text.Json;
using LoadLab.Model.Pipeline;
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

    public static Task Invalid(HttpContext http, IReadOnlyList<FieldProblem> problems, WanModelSpec model) =>
        Problem(http, new ProblemDocument
        {
            Title = problems.Count == 1 ? "1 problem in the request" : string.Create(CultureInfo.InvariantCulture, $"{problems.Count} problems in the request"),
            Status = StatusCodes.Status400BadRequest,
            Errors = problems,
            AcceptedShapes = problems.Any(problem => problem.Field is "size" or "num_frames" or "seconds" or "num_inference_steps") ? AcceptedShapeLines(model.Shapes) : null,
        });

    private static string[] AcceptedShapeLines(AcceptedShapes shapes) =>
        [$"size: {shapes.SizeText}", $"num_frames: {shapes.FramesText}", $"num_inference_steps: {shapes.StepsText}"];

    public static Task TooMany(HttpContext http, int retryAfterSeconds)
    {
        http.Response.Headers.RetryAfter = retryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return Problem(http, StatusCodes.Status429TooManyRequests, "the queue is full", "come back after the seconds in Retry-After", "429");
    }

    private static Task Write(HttpContext http, int status, string type, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
