using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>The word that a client of the live server finds in calls.csv for a refusal: the job's error code, or the HTTP status where the protocol maps no code.</summary>
internal static class ClientWords
{
    /// <summary>Never let in: 429 and the codes of quota and overload by name, all else is a server that takes no jobs.</summary>
    public static string Of(Decision.Refuse refuse) => refuse.Reason is "429" or "quota" or "overload" ? refuse.Reason : "503";

    /// <summary>Refused after all: expired, overload, or content whenever it was checked.</summary>
    public static string Of(Decision.Reject reject) => reject.Reason is "content-before" or "content-after" ? "content" : reject.Reason;
}
