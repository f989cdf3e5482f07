using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;

namespace LoadLab.Engine.Targets.Http;

/// <summary>One call over HTTP: what all protocols share. The request is built ahead; sending stamps the time and hands it to the socket on the calling thread.</summary>
internal abstract class HttpCall(HttpSession session, ScheduledCall call, IRunClock clock) : ITargetCall
{
    private Instant? _connected;
    private Instant? _polled;
    private Instant? _completed;
    private Duration? _pollError;
    private JobAnswer? _job;

    public Instant? Sent { get; private set; }

    protected HttpSession Session => session;

    protected Instant Now => clock.Now;

    protected Instant? Accepted { get; private set; }

    protected long? Bytes { get; set; }

    public async Task<CallRecord> SendAsync(RunStop stop)
    {
        using var limit = new CallLimit(call, clock.Now, session.Options.Timeout, stop);
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

    /// <summary>Sends the request made ahead and follows it to its end.</summary>
    protected abstract Task<(Outcome Outcome, string Reason)> ExchangeAsync(CancellationToken stop);

    /// <summary>Cancels the job at the service, as far as it can; must not throw what a service can cause.</summary>
    protected virtual Task WithdrawAsync() => Task.CompletedTask;

    /// <summary>The planned send: stamps Sent just before the send call, Accepted when the answer begins.</summary>
    protected async Task<HttpResponseMessage> SendPlannedAsync(HttpRequestMessage request, CancellationToken stop)
    {
        request.Options.Set(HttpSession.CallKey, this);
        Sent = clock.Now;
        var response = await session.SendAsync(request, stop).ConfigureAwait(false);
        Accepted = clock.Now;
        return response;
    }

    /// <summary>Null for success. The service's own code says more than the status, where it gives one.</summary>
    protected static async Task<(Outcome Outcome, string Reason)?> RefusalAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (response.IsSuccessStatusCode)
        {
            return null;
        }

        const int MaxBytes = 64 * 1024;
        if (response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json")
        {
            try
            {
                var (answer, _) = await AnswerBody.ParseAsync(response, HttpJson.Default.RefusalAnswer, MaxBytes, stop).ConfigureAwait(false);
                if (JobAnswer.OfCode(answer.Word) is { Outcome: Outcome.Rejected } refusal)
                {
                    return refusal;
                }
            }
            catch (Exception e) when (TransportFault.Of(e) is not null)
            {
                // The status alone must do.
            }
        }

        var status = (int)response.StatusCode;
        return status is 429 or 503 ? (Outcome.Rejected, $"{status}") : (Outcome.Failed, $"http-{status}");
    }

    /// <summary>Takes what an answer says of the job.</summary>
    protected void Learn(JobAnswer job)
    {
        _job = job;
        if (job.Clocks?.ReceivedNs is { } received && Sent is { } sent && Accepted is { } accepted)
        {
            session.Clocks.Observe(sent, accepted, received);
        }
    }

    /// <summary>The job ended as learnt; it was still on its way when last asked at <paramref name="lastPending"/>.</summary>
    protected void EndedByServer(Instant learnt, Instant lastPending)
    {
        _polled = learnt;
        if (session.Clocks.ToRun(_job?.Clocks?.CompletedNs) is { } completed)
        {
            _completed = completed < learnt ? completed : learnt;
            _pollError = session.Clocks.Uncertainty;
        }
        else
        {
            _completed = learnt;
            _pollError = learnt - lastPending;
        }
    }

    /// <summary>The response's end is the call's end.</summary>
    protected void EndedWithResponse() => _completed = clock.Now;

    private CallRecord Record(Outcome outcome, string reason) => CallRecord.Of(call, outcome, reason) with
    {
        Model = call.Model.Length > 0 ? call.Model : session.Options.Model,
        Sent = Sent,
        Connected = _connected is { } connected && connected <= (Accepted ?? clock.Now) ? connected : null,
        Accepted = Accepted,
        Queued = session.Clocks.ToRun(_job?.Clocks?.QueuedNs),
        Started = session.Clocks.ToRun(_job?.Clocks?.StartedNs),
        TextEnd = session.Clocks.ToRun(_job?.Clocks?.TextNs),
        DenoiseEnd = session.Clocks.ToRun(_job?.Clocks?.DenoiseNs),
        DecodeEnd = session.Clocks.ToRun(_job?.Clocks?.DecodeNs),
        Completed = _completed,
        Polled = _polled,
        PollError = _pollError,
        ServedModel = _job?.ServedModel ?? "",
        Batch = _job?.Batch,
        BatchSize = _job?.BatchSize,
        Replica = _job?.Replica,
        Attempts = Math.Max(1, _job?.Attempts ?? 1),
        Bytes = Bytes,
    };
}
