using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Http;

/// <summary>What a client is told of a refused job: a word for programs, two sentences for people and a status. By the reason codes of the serving core.</summary>
/// <param name="Code">expired, quota, overload, content, 429 or unknown-model.</param>
/// <param name="Status">429: the same request may do later. 422: it never will.</param>
/// <param name="Title">What happened.</param>
/// <param name="Advice">What to do.</param>
internal sealed record Refusal(string Code, int Status, string Title, string Advice)
{
    private const int Later = StatusCodes.Status429TooManyRequests;
    private const int Never = StatusCodes.Status422UnprocessableEntity;

    /// <summary>Null when the reason is no refusal but a fault. A word that is a <see cref="Code"/> already is known as well.</summary>
    public static Refusal? Of(string? reason) => reason switch
    {
        "429" => new("429", Later, "the queue is full", "come back when a job has ended"),
        "quota-daily" => new("quota", Later, "the day's quota is used up", "come back on the next day of the server's calendar, or ask whoever runs it for a larger quota"),
        "quota-concurrent" => new("quota", Later, "too many jobs of this tenant are open", "wait until one of them has ended, or cancel one with DELETE"),
        "quota" => new("quota", Later, "the quota is used up", "come back when it is renewed, or ask whoever runs the server for a larger one"),
        "breaker-open" => new("overload", Later, "the model failed several times in a row and is given a rest", "come back later, or ask for another model"),
        "overload" => new("overload", Later, "the server has more work than it can do in time", "come back later, or ask for fewer frames or steps, a later deadline_ms, or another tier"),
        "expired" => new("expired", Later, "the job waited longer than its tier allows and never ran", "come back later, or ask in a tier that may wait longer"),
        "content-before" => new("content", Never, "the prompt is refused", "the content check did not let it pass, and nothing was generated: change the prompt"),
        "content-after" => new("content", Never, "the clip is refused", "the content check did not let the generated clip pass: change the prompt or the seed"),
        "content" => new("content", Never, "the content is refused", "the content check did not let it pass: change the prompt"),
        "unknown-model" => new("unknown-model", Never, "no replica of this server may serve that model in that tier", "ask for another model or in another tier"),
        _ => null,
    };

    /// <summary>The word that clients know a job's error code by.</summary>
    public static string CodeOf(string reason) => Of(reason)?.Code ?? reason;

    /// <summary>The core's own line, if it had one, and what to do.</summary>
    public static string MessageOf(string reason, string? detail) => Of(reason) is not { } refusal ? detail ?? ""
        : string.IsNullOrEmpty(detail) ? $"{refusal.Title}: {refusal.Advice}"
        : $"{detail}; {refusal.Advice}";
}
