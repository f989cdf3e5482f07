using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Polling;
using LoadLab.Engine.Targets.Protocols;
using Stage = LoadLab.Engine.Targets.Protocols.ClockFields.Stage;

namespace LoadLab.Engine.Targets.Http;

/// <summary>
/// One call in any protocol: a request built ahead and sent on the calling thread, sent again where the protocol says so, then the end of its answer or the polls of its job,
/// the clip where asked for, and a cancellation when the client gives up.
/// </summary>
internal sealed class ProtocolCall(HttpSession session, ScheduledCall call, string prompt, IRunClock clock) : ITargetCall
{
    private const int MaxAnswerBytes = 1 << 20;

    /// <summary>A blocking answer may carry the clip as text; a list of all jobs may be long.</summary>
    private const int MaxLongAnswerBytes = 64 << 20;
    private const int MaxRefusalBytes = 64 * 1024;

    /// <summary>Polls in a row that a service may put off by Retry-After.</summary>
    private const int MaxPutOff = 60;

    /// <summary>A request with a wait that found the job on its way sooner than this was not held.</summary>
    private static readonly Duration s_leastHeld = Duration.FromSeconds(1);
    private static readonly TimeSpan s_withdrawLimit = TimeSpan.FromSeconds(5);
    private HttpRequestMessage? _request = session.Request(session.Protocol.Submit, new CallValues(call, prompt, session.Options.Model, session.Protocol.Fps));
    private Instant _attempted;
    private int _attempts;
    private Instant? _connected;
    private Instant? _accepted;
    private JobAddress? _job;
    private JobReport? _report;
    private Instant _lastPending;
    private Instant? _missingSince;
    private int _misses;
    private Instant? _knownAsked;
    private int _faults;
    private int _putOff;
    private Duration? _askedPause;
    private Instant? _polled;
    private Instant? _completed;
    private Duration? _pollError;
    private long? _bytes;

    public Instant? Sent { get; private set; }

    private TargetProtocol Protocol => session.Protocol;

    public async Task<CallRecord> SendAsync(RunStop stop)
    {
        using var limit = new CallLimit(call, clock.Now, session.Options.Timeout, stop, session.Time);
        try
        {
            var (outcome, reason) = await ExchangeAsync(limit.Token).ConfigureAwait(false);
            return Record(outcome, reason);
        }
        catch (Exception e) when (limit.Token.IsCancellationRequested && (e is OperationCanceledException || TransportFault.Of(e) is not null))
        {
            // A connection torn down by our own limit may show as a closed one.
            var (outcome, reason) = limit.Cause;
            if (limit.Withdraw)
            {
                await WithdrawAsync().ConfigureAwait(false);
            }

            return Record(outcome, reason);
        }
        catch (Exception e) when (TransportFault.Of(e) is { } fault)
        {
            return Record(fault.Outcome, fault.Reason);
        }
    }

    /// <summary>The connection this call asked for is ready; it may by then have been served by another.</summary>
    public void OnConnected() => _connected = clock.Now;

    private async Task<(Outcome Outcome, string Reason)> ExchangeAsync(CancellationToken stop)
    {
        while (true)
        {
            Duration pause;
            using (var response = await SubmitAsync(stop).ConfigureAwait(false))
            {
                if (await RefusalAsync(response, stop).ConfigureAwait(false) is not { } refusal)
                {
                    if ((Protocol.IsPolled ? await AcceptAsync(response, stop).ConfigureAwait(false) : await FinishAsync(response, stop).ConfigureAwait(false)) is { } end)
                    {
                        return end;
                    }

                    break;
                }

                if (Protocol.Retry is not { } retry || !retry.Statuses.Contains((int)response.StatusCode))
                {
                    return refusal;
                }

                pause = session.RetryAfter(response) ?? retry.Pause;
                if (clock.Now + pause - Sent!.Value > retry.For)
                {
                    return refusal;
                }
            }

            await WaitAsync(pause, stop).ConfigureAwait(false);
        }

        return await FollowAsync(stop).ConfigureAwait(false);
    }

    /// <summary>The planned send: stamps Sent just before the first send call, and when the answer begins. A further attempt builds its request anew.</summary>
    private async Task<HttpResponseMessage> SubmitAsync(CancellationToken stop)
    {
        using var request = _request ?? session.Request(Protocol.Submit, Values());
        _request = null;
        request.Options.Set(HttpSession.CallKey, this);
        _attempts++;
        _attempted = clock.Now;
        Sent ??= _attempted;
        var response = await session.SendAsync(request, stop).ConfigureAwait(false);
        _accepted = clock.Now;
        return response;
    }

    /// <summary>Null for success.</summary>
    private async Task<(Outcome Outcome, string Reason)?> RefusalAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var status = (int)response.StatusCode;
        if (Protocol.Accepts.Count == 0 ? response.IsSuccessStatusCode : Protocol.Accepts.Contains(status))
        {
            return null;
        }

        if (HttpSession.RedirectOf(response) is not null)
        {
            return (Outcome.Failed, "redirect");
        }

        var isJson = response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json";
        var scaling = Protocol.Errors.Scaling;
        if (!isJson && scaling is null)
        {
            return Protocol.Errors.OfRefusal(status, null);
        }

        var held = session.RetryAfter(response) is not null;
        try
        {
            return await AnswerBody.ReadAsync(
                response,
                MaxRefusalBytes,
                body => scaling?.Says(status, held, body.Span) == true ? (Outcome.Rejected, ScalingRule.Reason) : Protocol.Errors.OfRefusal(status, isJson ? WordOf(body) : null),
                stop).ConfigureAwait(false);
        }
        catch (Exception e) when (TransportFault.Of(e) is not null && !stop.IsCancellationRequested)
        {
            // The status alone must do.
            return scaling?.Says(status, held, default) == true ? (Outcome.Rejected, ScalingRule.Reason) : Protocol.Errors.OfRefusal(status, null);
        }
    }

    private string? WordOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            return AnswerBody.Parse(body, answer => Protocol.Errors.Word(answer, ""));
        }
        catch (Exception e) when (TransportFault.Of(e) is not null)
        {
            return null;
        }
    }

    /// <summary>A blocking answer: its end is the end of the call.</summary>
    private async Task<(Outcome Outcome, string Reason)?> FinishAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (!Protocol.ReadsAnswer)
        {
            _bytes = await AnswerBody.CountAsync(response, session.Options.MaxBodyBytes, stop).ConfigureAwait(false);
            _completed = clock.Now;
            return (Outcome.Completed, "");
        }

        var (report, bytes) = await AnswerBody.ReadAsync(
            response, MaxLongAnswerBytes, body => (AnswerBody.Parse(body, answer => JobReport.Of(Protocol, answer, "")), body.Length), stop).ConfigureAwait(false);
        _bytes = bytes;
        Learn(report, response, _attempted, _accepted!.Value);
        _completed = clock.Now;
        return Protocol.Status is null ? (Outcome.Completed, "") : report.End(Protocol.Errors) ?? throw new BadAnswerException();
    }

    /// <summary>The answer that names the job. Null while the job is on its way.</summary>
    private async Task<(Outcome Outcome, string Reason)?> AcceptAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var report = await AnswerBody.ReadAsync(
            response,
            MaxAnswerBytes,
            body => AnswerBody.Parse(body, answer =>
            {
                _job = JobAddress.Of(session, answer);
                return JobReport.Of(Protocol, answer, _job.Id);
            }),
            stop).ConfigureAwait(false);
        _lastPending = _attempted;
        Learn(report, response, _attempted, _accepted!.Value);
        return report.HasStatus && report.End(Protocol.Errors) is { } end ? await EndAsync(end, clock.Now, stop).ConfigureAwait(false) : null;
    }

    private async Task<(Outcome Outcome, string Reason)> FollowAsync(CancellationToken stop)
    {
        using var polls = session.Polls.Follow($"{call.Model} {call.Width}x{call.Height}x{call.Frames} {call.Steps}", _attempted);
        while (true)
        {
            await WaitForPollAsync(polls, stop).ConfigureAwait(false);
            try
            {
                if (await PollAsync(polls, stop).ConfigureAwait(false) is { } end)
                {
                    return end;
                }
            }
            catch (Exception e) when (!stop.IsCancellationRequested && TransportFault.Of(e) is { MayPass: true } && ++_faults <= Protocol.Poll!.Faults)
            {
                // Asking is free of consequences and a job may have cost minutes: a broken connection does not end it at once.
            }
        }
    }

    /// <summary>After a poll that did not tell: a pause. Otherwise a service that holds requests is asked at once, another when its job's end is likely.</summary>
    private async Task WaitForPollAsync(JobPolls polls, CancellationToken stop)
    {
        var pause = _askedPause ?? (_faults > 0 ? PollBook.AfterFault(_faults) : _missingSince is not null ? PollBook.AfterFault(Math.Min(_misses, 3)) : null);
        if (pause is { } wait)
        {
            polls.Again(wait);
        }

        if (pause is not null || !session.LongPolls)
        {
            await polls.WaitAsync(clock, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Asks once. Null while the job is on its way.</summary>
    private async Task<(Outcome Outcome, string Reason)?> PollAsync(JobPolls polls, CancellationToken stop)
    {
        var poll = Protocol.Poll!;
        var asked = clock.Now;
        var holds = session.LongPolls;
        using var response = await session.AskAsync(PollRequest(holds), stop).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        _askedPause = null;
        switch (status)
        {
            case 404:
                return Missing(asked);
            case 410:
                return (Outcome.Failed, "lost");
            case 400 when holds:
                session.LongPolls = false;
                return null;
            case 429 or >= 500 when session.RetryAfter(response) is { } pause && ++_putOff <= MaxPutOff:
                _askedPause = pause < PollBook.AfterFault(1) ? PollBook.AfterFault(1) : pause;
                return null;
            case 429 or >= 500 when ++_faults <= poll.Faults:
                return null;
            case < 200 or >= 300:
                return (Outcome.Failed, $"http-{status}");
        }

        var report = await AnswerBody.ReadAsync(response, MaxAnswerBytes, body => AnswerBody.Parse(body, answer => JobReport.Of(Protocol, answer, _job!.Id)), stop).ConfigureAwait(false);
        var answered = clock.Now;
        (_faults, _putOff) = (0, 0);
        var end = report.End(Protocol.Errors);
        Learn(report, response, asked, answered);
        if (end is { } ended)
        {
            polls.Ended(answered - _attempted);
            return await EndAsync(ended, answered, stop).ConfigureAwait(false);
        }

        if (!report.HasStatus && poll.Known is not null && !await IsKnownAsync(poll, asked, stop).ConfigureAwait(false))
        {
            return Missing(asked);
        }

        (_missingSince, _misses) = (null, 0);
        _lastPending = asked;
        polls.Pending(asked, report.Progress);
        session.LongPolls &= !holds || answered - asked >= s_leastHeld;
        return null;
    }

    private HttpRequestMessage PollRequest(bool holds)
    {
        var poll = Protocol.Poll!;
        var request = _job!.Status is { } own ? session.Request(poll.Request?.Method ?? HttpMethod.Get, own) : session.Request(poll.Request!, Values());
        if (holds)
        {
            var address = request.RequestUri!;
            request.RequestUri = new Uri(address.AbsoluteUri + (address.Query.Length > 0 ? '&' : '?') + poll.Wait);
        }

        return request;
    }

    /// <summary>A service that does not find the job may only not have heard of it yet: null until that has lasted too long.</summary>
    private (Outcome Outcome, string Reason)? Missing(Instant asked)
    {
        _missingSince ??= asked;
        _misses++;
        return asked - _missingSince.Value >= Protocol.Poll!.LostAfter ? (Outcome.Failed, "lost") : null;
    }

    /// <summary>Whether the service's list of jobs has this one. Asked for at first, then now and then, and while it does not.</summary>
    private async Task<bool> IsKnownAsync(PollRule poll, Instant now, CancellationToken stop)
    {
        if (_missingSince is null && _knownAsked is { } last && now - last < poll.KnownEvery)
        {
            return true;
        }

        _knownAsked = now;
        using var response = await session.AskAsync(session.Request(poll.Known!, Values()), stop).ConfigureAwait(false);
        var quoted = System.Text.Encoding.UTF8.GetBytes($"\"{_job!.Id}\"");
        return !response.IsSuccessStatusCode || await AnswerBody.ReadAsync(response, MaxLongAnswerBytes, body => body.Span.IndexOf(quoted) >= 0, stop).ConfigureAwait(false);
    }

    private async Task<(Outcome Outcome, string Reason)> EndAsync((Outcome Outcome, string Reason) end, Instant learnt, CancellationToken stop)
    {
        (_completed, _pollError) = CompletionTime.Of(_report?.At(Stage.Completed), session.Clocks, _lastPending, learnt);
        _polled = learnt;
        if (end.Outcome != Outcome.Completed || !session.Options.FetchContent || (_job!.Content is null && Protocol.Content is null))
        {
            return end;
        }

        using var response = await session.AskAsync(_job.Content is { } own ? session.Request(HttpMethod.Get, own) : session.Request(Protocol.Content!, Values()), stop).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            return (Outcome.Failed, $"content-http-{(int)response.StatusCode}");
        }

        _bytes = await AnswerBody.CountAsync(response, session.Options.MaxBodyBytes, stop).ConfigureAwait(false);
        return end;
    }

    /// <summary>Cancels the job at the service, as far as it can; never throws what a service can cause.</summary>
    private async Task WithdrawAsync()
    {
        if (_job is null || Protocol.Cancel.Count == 0)
        {
            return;
        }

        session.Withdrawals.Ask();
        var accepted = false;
        using var limit = new CancellationTokenSource(s_withdrawLimit, session.Time);
        foreach (var cancel in Protocol.Cancel)
        {
            try
            {
                using var request = _job.Cancel is { } own ? session.Request(cancel.Method, own) : session.Request(cancel, Values());
                using var response = await session.SendAsync(request, limit.Token).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    if (!accepted)
                    {
                        session.Withdrawals.Accept();
                        accepted = true;
                    }

                    _report = (await AnswerBody.ReadAsync(response, MaxAnswerBytes, body => AnswerBody.Parse(body, answer => JobReport.Of(Protocol, answer, _job.Id)), limit.Token).ConfigureAwait(false)).After(_report);
                }
            }
            catch (Exception e) when (e is OperationCanceledException || TransportFault.Of(e) is not null)
            {
                // The client has gone; whether the service heard it changes nothing for this call.
            }
        }
    }

    private CallValues Values() => new(call, prompt, session.Options.Model, Protocol.Fps, _job?.Id ?? "");

    private Task WaitAsync(Duration pause, CancellationToken stop) => Task.Delay(pause.ToTimeSpan(), session.Time, stop);

    /// <summary>Takes what an answer says of the job, and of the service's clock: when the call was received, or else, to a second, when the answer was made.</summary>
    private void Learn(JobReport report, HttpResponseMessage response, Instant asked, Instant answered)
    {
        _report = report.After(_report);
        if (_report.At(Stage.Received) is { } received)
        {
            session.Clocks.Observe(_attempted, _accepted!.Value, received.Nanoseconds, received.Resolution);
        }
        else if (Protocol.Clocks.ByDate && response.Headers.Date is { } date && StampField.OfDate(date) is { } made)
        {
            session.Clocks.Observe(asked, answered, made, resolutionNs: 1_000_000_000);
        }
    }

    /// <summary>A stage on the run's clock; one known only coarsely is at least not before the call was sent.</summary>
    private Instant? StampOf(Stage stage) =>
        _report?.At(stage) is { } stamp && session.Clocks.ToRun(stamp.Nanoseconds) is { } at ? stamp.Resolution > 0 && Sent is { } sent ? Instant.Max(at, sent) : at : null;

    private CallRecord Record(Outcome outcome, string reason) => CallRecord.Of(call, outcome, reason) with
    {
        Model = call.Model.Length > 0 ? call.Model : session.Options.Model,
        Sent = Sent,
        Connected = _connected is { } connected && connected <= (_accepted ?? clock.Now) ? connected : null,
        Accepted = _accepted,
        Queued = StampOf(Stage.Queued),
        Started = StampOf(Stage.Started),
        TextEnd = StampOf(Stage.Text),
        DenoiseEnd = StampOf(Stage.Denoise),
        DecodeEnd = StampOf(Stage.Decode),
        Completed = _completed,
        Polled = _polled,
        PollError = _pollError,
        ServedModel = _report?.ServedModel ?? "",
        Batch = _report?.Batch,
        BatchSize = _report?.BatchSize,
        Replica = _report?.Replica,
        Attempts = Math.Max(1, _report?.Attempts ?? 1) + Math.Max(0, _attempts - 1),
        Bytes = _bytes,
    };
}
