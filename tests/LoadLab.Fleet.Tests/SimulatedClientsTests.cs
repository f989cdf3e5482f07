using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Fleet.Tests;

/// <summary>Decisions told by hand, and the rows that come of them.</summary>
public class SimulatedClientsTests
{
    [Fact]
    public void Every_job_of_a_batch_gets_its_stage_times_and_the_batchs_size()
    {
        var (clients, tell) = Sent(2);
        tell(1, new Decision.Admit(new JobId(0), "queued"), null);
        tell(1, new Decision.Admit(new JobId(1), "queued"), null);
        tell(2, Start(7, 4, Stage.Whole, 0, 1), null);
        tell(3, null, new ServingEvent.StageDone(new ReplicaId(4), new BatchId(7), Stage.Text));
        tell(8, null, new ServingEvent.StageDone(new ReplicaId(4), new BatchId(7), Stage.Denoise));
        tell(9, null, new ServingEvent.BatchDone(new ReplicaId(4), new BatchId(7)));
        tell(9, new Decision.Finish(new JobId(0), "done"), null);
        tell(9, new Decision.Finish(new JobId(1), "done"), null);
        Assert.All(clients.Records, call =>
        {
            Assert.Equal([1.0, 2, 3, 8, 9, 9], new[] { call.Queued, call.Started, call.TextEnd, call.DenoiseEnd, call.DecodeEnd, call.Completed }.Select(at => at!.Value.Seconds));
            Assert.Equal((7, 2, 4, 1, Fixtures.Model), (call.Batch, call.BatchSize, call.Replica, call.Attempts, call.ServedModel));
        });
    }

    [Fact]
    public void Retried_call_counts_its_attempts_and_keeps_the_times_of_the_last()
    {
        var (clients, tell) = Sent(2);
        tell(2, Start(0, 0, Stage.Whole, 0, 1), null);
        tell(3, null, new ServingEvent.StageDone(new ReplicaId(0), new BatchId(0), Stage.Text));
        tell(4, null, new ServingEvent.BatchFailed(new ReplicaId(0), new BatchId(0), "error", ""));
        tell(4, new Decision.Retry(new JobId(0), 2, Instant.FromSeconds(5), "error"), null);
        tell(4, new Decision.Fail(new JobId(1), "error", ""), null);
        tell(6, Start(1, 3, Stage.Whole, 0), null);
        tell(9, null, new ServingEvent.BatchDone(new ReplicaId(3), new BatchId(1)));
        tell(9, new Decision.Finish(new JobId(0), "done"), null);
        var (retried, failed) = (clients.Records[0], clients.Records[1]);
        Assert.Equal((2, 1, 1, 3, 6.0, null, 9.0), (retried.Attempts, retried.Batch, retried.BatchSize, retried.Replica, retried.Started!.Value.Seconds, retried.TextEnd, retried.Completed!.Value.Seconds));
        Assert.Equal((Outcome.Failed, "error", 1, 3.0, null), (failed.Outcome, failed.Reason, failed.Attempts, failed.TextEnd!.Value.Seconds, failed.Completed));
    }

    [Fact]
    public void Stages_of_a_pipeline_are_one_attempt_that_started_with_the_first()
    {
        var (clients, tell) = Sent(1);
        tell(2, Start(0, 0, Stage.Text, 0), null);
        tell(3, null, new ServingEvent.StageDone(new ReplicaId(0), new BatchId(0), Stage.Text));
        tell(4, Start(0, 1, Stage.Denoise, 0), null);
        tell(8, null, new ServingEvent.StageDone(new ReplicaId(1), new BatchId(0), Stage.Denoise));
        tell(9, Start(0, 2, Stage.Decode, 0), null);
        tell(10, null, new ServingEvent.StageDone(new ReplicaId(2), new BatchId(0), Stage.Decode));
        tell(10, null, new ServingEvent.BatchDone(new ReplicaId(2), new BatchId(0)));
        tell(10, new Decision.Finish(new JobId(0), "done"), null);
        var call = clients.Records[0];
        Assert.Equal([2.0, 3, 8, 10], new[] { call.Started, call.TextEnd, call.DenoiseEnd, call.DecodeEnd }.Select(at => at!.Value.Seconds));
        Assert.Equal((1, 2), (call.Attempts, call.Replica));
    }

    [Theory]
    [InlineData("content-before", "content")]
    [InlineData("content-after", "content")]
    [InlineData("expired", "expired")]
    [InlineData("overload", "overload")]
    public void Call_let_in_and_refused_after_all_is_rejected_under_the_word_of_the_live_server(string code, string reason)
    {
        var (clients, tell) = Sent(1);
        tell(1, new Decision.Admit(new JobId(0), "queued"), null);
        tell(2, new Decision.Reject(new JobId(0), code, ""), null);
        Assert.Equal((Outcome.Rejected, reason, 0, ""), (clients.Records[0].Outcome, clients.Records[0].Reason, clients.Records[0].Attempts, clients.Records[0].ServedModel));
    }

    [Theory]
    [InlineData("429", Outcome.Rejected, "429")]
    [InlineData("quota-daily", Outcome.Rejected, "quota")]
    [InlineData("quota-concurrent", Outcome.Rejected, "quota")]
    [InlineData("overload", Outcome.Rejected, "overload")]
    [InlineData("breaker-open", Outcome.Rejected, "overload")]
    [InlineData("shutdown", Outcome.Rejected, "503")]
    [InlineData("unknown-model", Outcome.Failed, "http-422")]
    public void Call_never_let_in_ends_as_a_client_of_the_live_server_sees_it(string code, Outcome outcome, string reason)
    {
        var (clients, tell) = Sent(1);
        tell(1, new Decision.Refuse(new JobId(0), code), null);
        Assert.Equal((outcome, reason), (clients.Records[0].Outcome, clients.Records[0].Reason));
    }

    [Fact]
    public void Clip_refused_after_it_ran_keeps_the_times_that_it_cost()
    {
        var (clients, tell) = Sent(1);
        tell(1, new Decision.Admit(new JobId(0), "queued", new ModelId("light")), null);
        tell(2, Start(0, 0, Stage.Whole, 0), null);
        tell(9, null, new ServingEvent.BatchDone(new ReplicaId(0), new BatchId(0)));
        tell(9.5, new Decision.Reject(new JobId(0), "content-after", ""), null);
        var call = clients.Records[0];
        Assert.Equal((2.0, 9.0, null, 9.5, "light"), (call.Started!.Value.Seconds, call.DecodeEnd!.Value.Seconds, call.Completed, call.Polled!.Value.Seconds, call.ServedModel));
    }

    [Fact]
    public void Job_abandoned_in_a_batch_ends_alone()
    {
        var (clients, tell) = Sent(2);
        tell(2, Start(0, 0, Stage.Whole, 0, 1), null);
        tell(3, new Decision.Drop(new JobId(0), "cancelled"), null);
        tell(8, null, new ServingEvent.StageDone(new ReplicaId(0), new BatchId(0), Stage.Denoise));
        tell(9, null, new ServingEvent.BatchDone(new ReplicaId(0), new BatchId(0)));
        tell(9, new Decision.Finish(new JobId(1), "done"), null);
        var calls = clients.Records;
        Assert.Equal((Outcome.Abandoned, 2, null, 3.0), (calls[0].Outcome, calls[0].BatchSize, calls[0].DenoiseEnd, calls[0].Polled!.Value.Seconds));
        Assert.Equal((Outcome.Completed, 2, 8.0), (calls[1].Outcome, calls[1].BatchSize, calls[1].DenoiseEnd!.Value.Seconds));
    }

    [Fact]
    public void Check_answers_after_its_time_and_refuses_its_share_by_prompt_and_phase()
    {
        var calls = Enumerable.Range(0, 1000).Select(i => Fixtures.Call(i, i) with { PromptHash = $"{i % 500:x16}" }).ToList();
        var timeline = new VirtualTimeline(Instant.Zero);
        var check = new SafetyCheck { Takes = Duration.FromSeconds(0.25), RefusedShare = 0.1 };
        var safety = new SimulatedSafety(Fixtures.Of(2000, calls), new SafetyOptions { Before = check, After = check with { RefusedShare = 0.5 } }, timeline, new Seed(3));
        bool[] Answers(SafetyPhase phase) =>
        [
            .. calls.Select(call =>
            {
                var asked = timeline.Now;
                safety.Decided(asked, new Decision.Check(new JobId(call.Index), phase, ""));
                var answer = Assert.IsType<ServingEvent.SafetyChecked>(timeline.Take());
                Assert.Equal((0.25, call.Index, phase), (Math.Round((timeline.Now - asked).Seconds, 9), (int)answer.Job.Value, answer.Phase));
                Assert.Equal(answer.Allowed, answer.Detail.Length == 0);
                return answer.Allowed;
            }),
        ];
        var (before, after) = (Answers(SafetyPhase.Before), Answers(SafetyPhase.After));
        Assert.Equal(before[..500], before[500..]);
        Assert.InRange(before.Count(allowed => !allowed), 60, 140);
        Assert.InRange(after.Count(allowed => !allowed), 420, 580);
        Assert.Contains(before.Zip(after), pair => !pair.First && pair.Second);
    }

    private static Decision.Start Start(int batch, int replica, Stage stage, params int[] jobs) =>
        new(new ReplicaId(replica), new BatchId(batch), stage, 0, [.. jobs.Select(job => new JobId(job))], "first-come");

    private static (SimulatedClients Clients, Action<double, Decision?, ServingEvent?> Tell) Sent(int calls)
    {
        var clients = new SimulatedClients(Fixtures.Of(100, [.. Enumerable.Range(0, calls).Select(i => Fixtures.Call(i, 0))]), new VirtualTimeline(Instant.Zero));
        for (var i = 0; i < calls; i++)
        {
            _ = clients.Send();
        }

        return (clients, (at, decision, e) =>
        {
            if (e is not null)
            {
                clients.Seen(Instant.FromSeconds(at), e);
            }

            if (decision is not null)
            {
                clients.Decided(Instant.FromSeconds(at), decision);
            }
        });
    }
}
