using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;

namespace LoadLab.Engine.Targets.Http;

/// <summary>Protocol videos: POST /v1/videos, then GET /v1/videos/{id} until the job ends, long-polling where the service does; DELETE when the client gives up.</summary>
internal sealed class VideoCall(HttpSession session, ScheduledCall call, string prompt, IRunClock clock) : HttpCall(session, call, clock)
{
    private const int MaxAnswerBytes = 1 << 20;
    private const int MaxPollFaults = 3;
    private static readonly TimeSpan s_withdrawLimit = TimeSpan.FromSeconds(5);
    private readonly HttpRequestMessage _request = session.Request(HttpMethod.Post, new Uri(session.Url, "v1/videos"), VideoRequestBody.Of(call, prompt, session.Options.Model));
    private Uri? _job;
    private Instant _lastPending;
    private int _faults;

    protected override async Task<(Outcome Outcome, string Reason)> ExchangeAsync(CancellationToken stop)
    {
        using (var response = await SendPlannedAsync(_request, stop).ConfigureAwait(false))
        {
            if (await RefusalAsync(response, stop).ConfigureAwait(false) is { } refusal)
            {
                return refusal;
            }

            var (job, _) = await AnswerBody.ParseAsync(response, HttpJson.Default.JobAnswer, MaxAnswerBytes, stop).ConfigureAwait(false);
            if (!job.IsUsable)
            {
                throw new BadAnswerException();
            }

            _job = new Uri(Session.Url, "v1/videos/" + Uri.EscapeDataString(job.Id!));
            _lastPending = Sent!.Value;
            Learn(job);
            if (job.End is { } end)
            {
                return await EndAsync(end, Now, stop).ConfigureAwait(false);
            }
        }

        return await FollowAsync(_job, stop).ConfigureAwait(false);
    }

    protected override async Task WithdrawAsync()
    {
        if (_job is null)
        {
            return;
        }

        Session.Withdrawals.Ask();
        using var limit = new CancellationTokenSource(s_withdrawLimit);
        try
        {
            using var request = Session.Request(HttpMethod.Delete, _job);
            using var response = await Session.SendAsync(request, limit.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                Session.Withdrawals.Accept();
                Learn((await AnswerBody.ParseAsync(response, HttpJson.Default.JobAnswer, MaxAnswerBytes, limit.Token).ConfigureAwait(false)).Value);
            }
        }
        catch (Exception e) when (e is OperationCanceledException || TransportFault.Of(e) is not null)
        {
            // The client has gone; whether the service heard it changes nothing for this call.
        }
    }

    private async Task<(Outcome Outcome, string Reason)> FollowAsync(Uri job, CancellationToken stop)
    {
        while (true)
        {
            if (PollPause.Before(Session.LongPolls, _faults, Now - Sent!.Value) is { } pause)
            {
                await Task.Delay(pause, stop).ConfigureAwait(false);
            }

            try
            {
                if (await PollAsync(job, stop).ConfigureAwait(false) is { } end)
                {
                    return end;
                }
            }
            catch (Exception e) when (!stop.IsCancellationRequested && TransportFault.Of(e) is { MayPass: true } && ++_faults <= MaxPollFaults)
            {
                // Asking is free of consequences and a job may have cost minutes: a broken connection does not end it at once.
            }
        }
    }

    /// <summary>Asks once. Null while the job is on its way.</summary>
    private async Task<(Outcome Outcome, string Reason)?> PollAsync(Uri job, CancellationToken stop)
    {
        var asked = Now;
        var waits = Session.LongPolls;
        using var request = Session.Request(HttpMethod.Get, waits ? new Uri(job.AbsoluteUri + PollPause.WaitQuery) : job);
        using var response = await Session.SendAsync(request, stop).ConfigureAwait(false);
        switch ((int)response.StatusCode)
        {
            case 404 or 410:
                return (Outcome.Failed, "lost");
            case 400 when waits:
                Session.LongPolls = false;
                return null;
            case 429 or >= 500 when ++_faults <= MaxPollFaults:
                return null;
            case < 200 or >= 300:
                return (Outcome.Failed, $"http-{(int)response.StatusCode}");
        }

        var (answer, _) = await AnswerBody.ParseAsync(response, HttpJson.Default.JobAnswer, MaxAnswerBytes, stop).ConfigureAwait(false);
        var answered = Now;
        _faults = 0;
        var end = answer.End;
        Learn(answer);
        if (end is { } ended)
        {
            return await EndAsync(ended, answered, stop).ConfigureAwait(false);
        }

        _lastPending = asked;
        Session.LongPolls &= !waits || PollPause.WasHeld(answered - asked);
        return null;
    }

    private async Task<(Outcome Outcome, string Reason)> EndAsync((Outcome Outcome, string Reason) end, Instant learnt, CancellationToken stop)
    {
        EndedByServer(learnt, _lastPending);
        if (end.Outcome != Outcome.Completed || !Session.Options.FetchContent)
        {
            return end;
        }

        using var request = Session.Request(HttpMethod.Get, new Uri(_job!.AbsoluteUri + "/content"));
        using var response = await Session.SendAsync(request, stop).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            return (Outcome.Failed, $"content-http-{(int)response.StatusCode}");
        }

        Bytes = await AnswerBody.CountAsync(response, Session.Options.MaxBodyBytes, stop).ConfigureAwait(false);
        return end;
    }
}
