using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>Clients that gave up.</summary>
/// <param name="Abandoned">Calls whose user lost patience.</param>
/// <param name="TimedOut">Calls past the client's own limit.</param>
/// <param name="AbandonedShare">Abandoned / sent.</param>
/// <param name="CancelsAsked">Jobs that the service was asked to cancel, those of the drain included; null where it was not counted. A call given up before the service named its job cannot ask.</param>
/// <param name="CancelsAccepted">Of these, the service said yes to.</param>
public sealed record PatienceSummary(int Abandoned, int TimedOut, Figure AbandonedShare, int? CancelsAsked, int? CancelsAccepted)
{
    public static PatienceSummary Of(RunManifest manifest, IReadOnlyList<CallRecord> calls)
    {
        var abandoned = calls.Count(call => call.Outcome == Outcome.Abandoned);
        var sent = calls.Count(call => call.Sent is not null);
        return new PatienceSummary(
            abandoned,
            calls.Count(call => call.Outcome == Outcome.TimedOut),
            Figure.Of((double)abandoned / sent, "no call was sent"),
            manifest.Quality?.CancelsAsked,
            manifest.Quality?.CancelsAccepted);
    }
}
