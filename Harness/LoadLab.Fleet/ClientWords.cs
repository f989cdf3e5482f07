using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>What a client of the live server finds for a refusal in calls.csv: the outcome and word of the job's error code, or the HTTP status where the protocol maps no code.</summary>
internal static class ClientWords
{
    public static (Outcome Outcome, string Reason) Of(Decision.Refuse refuse) => refuse.Reason switch
    {
        "shutdown" => (Outcome.Rejected, "503"),
        "unknown-model" => (Outcome.Failed, "http-422"),
        var reason => (Outcome.Rejected, CodeOf(reason)),
    };

    public static (Outcome Outcome, string Reason) Of(Decision.Reject reject) => (Outcome.Rejected, CodeOf(reject.Reason));

    private static string CodeOf(string reason) => reason switch
    {
        "quota-daily" or "quota-concurrent" => "quota",
        "breaker-open" => "overload",
        "content-before" or "content-after" => "content",
        _ => reason,
    };
}
