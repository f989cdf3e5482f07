using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;

namespace LoadLab.Engine.Targets.Http;

/// <summary>Protocol generations: POST /v1/videos/generations blocks until the clip is made (MLCommons endpoints); the end of the response is the end of the call.</summary>
internal sealed class GenerationCall(HttpSession session, ScheduledCall call, string prompt, IRunClock clock) : HttpCall(session, call, clock)
{
    /// <summary>The answer may carry the clip as text.</summary>
    private const int MaxAnswerBytes = 64 << 20;
    private readonly HttpRequestMessage _request =
        session.Request(HttpMethod.Post, new Uri(session.Url, "v1/videos/generations"), VideoRequestBody.Of(call, prompt, session.Options.Model));

    protected override async Task<(Outcome Outcome, string Reason)> ExchangeAsync(CancellationToken stop)
    {
        using var response = await SendPlannedAsync(_request, stop).ConfigureAwait(false);
        if (await RefusalAsync(response, stop).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        var (job, bytes) = await AnswerBody.ParseAsync(response, HttpJson.Default.JobAnswer, MaxAnswerBytes, stop).ConfigureAwait(false);
        Bytes = bytes;
        Learn(job);
        EndedWithResponse();

        // Services that answer with the clip alone give no status: the 2xx is their word for completed.
        return job.Status is null ? (Outcome.Completed, "") : job.End ?? throw new BadAnswerException();
    }
}
