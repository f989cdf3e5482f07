using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;

namespace LoadLab.Engine.Targets.Http;

/// <summary>Protocol plain: one GET; the end of the body is the end of the call.</summary>
internal sealed class PlainCall(HttpSession session, ScheduledCall call, IRunClock clock) : HttpCall(session, call, clock)
{
    private readonly HttpRequestMessage _request = session.Request(HttpMethod.Get, session.Url);

    protected override async Task<(Outcome Outcome, string Reason)> ExchangeAsync(CancellationToken stop)
    {
        using var response = await SendPlannedAsync(_request, stop).ConfigureAwait(false);
        if (await RefusalAsync(response, stop).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        Bytes = await AnswerBody.CountAsync(response, Session.Options.MaxBodyBytes, stop).ConfigureAwait(false);
        EndedWithResponse();
        return (Outcome.Completed, "");
    }
}
