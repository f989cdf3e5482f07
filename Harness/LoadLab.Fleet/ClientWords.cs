using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>The word that a client of the live server finds for a refusal in calls.csv: the job's error code, or the HTTP status where the protocol maps no code.</summary>
internal static class ClientWords
{
    public static string Of(Decision.Refuse refuse) => refuse.Reason == "shutdown" ? "503" : CodeOf(refuse.Reason);

    public static string Of(Decision.Reject reject) => CodeOf(reject.Reason);

    private static string CodeOf(string reason) => reason switch
    {
        "quota-daily" or "quota-concurrent" => "quota",
        "breaker-open" => "overload",
        "content-before" or "content-after" => "content",
        _ => reason,
    };
}
