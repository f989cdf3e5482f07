using LoadLab.Core;
using LoadLab.Stubs;
using LoadLab.Workload;

namespace LoadLab.Engine.Tests.Protocols;

/// <summary>Every fault against every protocol in which it has a meaning: each call keeps the outcome and the reason that its fault has.</summary>
public sealed class FaultTests
{
    private const int Calls = 8;
    private static readonly (Outcome, string) s_completed = (Outcome.Completed, "");

    /// <summary>Half of the calls come while no replica is there, seconds later.</summary>
    [Fact]
    public Task A_service_that_wakes_from_zero_refuses_and_is_named() => StubPlay.EachAsync(StubProtocol.All, Faulty(FaultKind.ScaleFromZero, during: 600), InTwoHalves, played =>
    {
        // Services of a cloud have no such state, and their files do not name it.
        var reason = played.Name is "openai-videos" or "fal-queue" or "plain" ? "503" : "scaling-from-zero";
        var refused = played.Count(Outcome.Rejected, reason);
        Assert.InRange(refused, 1, Calls);
        Assert.Equal(Calls - refused, played.Count(Outcome.Completed, ""));

        // Whoever came when it was awake was served, however late this machine sent.
        var awake = new Instant(played.Stub.Book.FirstSubmitNs!.Value - played.EpochNs) + Duration.FromMilliseconds(600);
        Assert.All(played.Rows.Where(row => row.Outcome == Outcome.Rejected), row => Assert.True(row.Sent <= awake, $"sent at {row.Sent}, awake at {awake}"));
    });

    [Fact]
    public Task Every_second_429_is_a_refusal() => StubPlay.EachAsync(StubProtocol.All, Faulty(FaultKind.TooManyRequests, every: 2), StubPlay.Calls(Calls), played =>
    {
        Assert.Equal(Calls / 2, played.Count(Outcome.Completed, ""));
        Assert.Equal(Calls / 2, played.Count(Outcome.Rejected, "429"));
    });

    [Fact]
    public Task A_lost_job_is_told_from_one_that_runs() => StubPlay.EachAsync(StubPlay.Polled, Faulty(FaultKind.LostJob, every: 2), StubPlay.Calls(Calls), played =>
    {
        Assert.Equal(Calls / 2, played.Count(Outcome.Completed, ""));
        Assert.Equal(Calls / 2, played.Count(Outcome.Failed, "lost"));
    }, options => options with { Protocol = StubPlay.SoonerLost(options.Protocol.Name) });

    [Fact]
    public Task A_job_that_is_not_known_at_once_is_not_lost() => StubPlay.EachAsync(StubPlay.Polled, Faulty(FaultKind.PollRace), StubPlay.Calls(Calls), AllCompleted);

    [Theory]
    [InlineData(StubAct.Submit)]
    [InlineData(StubAct.Poll)]
    public Task A_body_that_drips_is_read_to_its_end(StubAct on) => StubPlay.EachAsync(Answering(on), Faulty(FaultKind.SlowBody, on), StubPlay.Calls(Calls), AllCompleted);

    [Theory]
    [InlineData(FaultKind.RedirectElsewhere, StubAct.Submit)]
    [InlineData(FaultKind.RedirectElsewhere, StubAct.Poll)]
    [InlineData(FaultKind.RedirectSame, StubAct.Submit)]
    public Task A_redirect_of_a_submission_or_to_another_host_is_not_followed(FaultKind kind, StubAct on) => StubPlay.EachAsync(Answering(on), Faulty(kind, on), StubPlay.Calls(Calls), played =>
    {
        Assert.All(played.Rows, row => Assert.Equal((Outcome.Failed, "redirect"), (row.Outcome, row.Reason)));
        Assert.Equal(0, played.Stub.ElsewhereHits);
    });

    [Fact]
    public Task A_poll_is_redirected_within_its_host() => StubPlay.EachAsync(StubPlay.Polled, Faulty(FaultKind.RedirectSame, StubAct.Poll), StubPlay.Calls(Calls), AllCompleted);

    [Fact]
    public Task Addresses_of_another_host_are_not_gone_to() => StubPlay.EachAsync([StubProtocol.Named("fal-queue")!], Faulty(FaultKind.AddressesElsewhere), StubPlay.Calls(Calls), played =>
    {
        Assert.All(played.Rows, row => Assert.Equal((Outcome.Failed, "foreign-address"), (row.Outcome, row.Reason)));
        Assert.Equal(0, played.Stub.ElsewhereHits);
    });

    [Fact]
    public Task A_job_that_fails_keeps_the_service_s_word() => StubPlay.EachAsync(StubPlay.Polled, Faulty(FaultKind.FailedJob, every: 2, code: "oom_error"), StubPlay.Calls(Calls), played =>
    {
        Assert.Equal(Calls / 2, played.Count(Outcome.Completed, ""));
        Assert.Equal(Calls / 2, played.Count(Outcome.Failed, "oom_error"));
    });

    [Theory]
    [InlineData("openai-videos", "moderation_blocked", "content")]
    [InlineData("fal-queue", "content_policy_violation", "content")]
    [InlineData("fal-queue", "runner_scheduling_failure", "overload")]
    [InlineData("fal-queue", "startup_timeout", "expired")]
    public Task A_job_that_the_service_refused_is_rejected_for_its_reason(string protocol, string code, string reason) =>
        StubPlay.EachAsync([StubProtocol.Named(protocol)!], Faulty(FaultKind.FailedJob, code: code), StubPlay.Calls(2), played => Assert.Equal(2, played.Count(Outcome.Rejected, reason)));

    [Fact]
    public Task A_clip_at_another_host_is_not_fetched() => StubPlay.EachAsync(StubProtocol.All.Where(protocol => protocol.Name is "openai-videos" or "vllm-omni" or "sglang"), Faulty(FaultKind.RedirectElsewhere, StubAct.Fetch), StubPlay.Calls(2), played =>
    {
        Assert.Equal(2, played.Count(Outcome.Failed, "redirect"));
        Assert.Equal(0, played.Stub.ElsewhereHits);
    }, options => options with { FetchContent = true });

    [Fact]
    public Task A_blocking_call_that_fails_is_failed() => StubPlay.EachAsync(Blocking, Faulty(FaultKind.FailedJob, every: 2, code: "oom_error"), StubPlay.Calls(Calls), played =>
    {
        Assert.Equal(Calls / 2, played.Count(Outcome.Completed, ""));
        Assert.Equal(Calls / 2, played.Rows.Count(row => row.Outcome == Outcome.Failed));
    });

    [Theory]
    [InlineData(StubAct.Submit)]
    [InlineData(StubAct.Poll)]
    public Task A_service_that_does_not_answer_is_a_timeout(StubAct on) => StubPlay.EachAsync(Answering(on), Faulty(FaultKind.Silent, on), StubPlay.Calls(Calls),
        played => Assert.All(played.Rows, row => Assert.Equal((Outcome.TimedOut, "timeout"), (row.Outcome, row.Reason))),
        options => options with { Timeout = Duration.FromMilliseconds(400) });

    [Theory]
    [InlineData(FaultKind.HalfClosed)]
    [InlineData(FaultKind.Reset)]
    public Task A_submission_cut_off_is_not_sent_again(FaultKind kind) => StubPlay.EachAsync(StubProtocol.All, Faulty(kind, every: 2), StubPlay.Calls(Calls), played =>
    {
        if (kind == FaultKind.HalfClosed && played.Name == "plain")
        {
            // A request without a body, cut off on a used connection before any answer, is sent again by the platform itself.
            Assert.Equal(Calls, played.Rows.Count(row => row.Outcome == Outcome.Completed || row.Reason == "connection-closed"));
            return;
        }

        Assert.Equal(Calls / 2, played.Count(Outcome.Completed, ""));
        Assert.Equal(Calls / 2, played.Count(Outcome.Failed, "connection-closed"));
        Assert.Equal(Calls, played.Stub.Book.CountOf(StubAct.Submit));
    });

    [Theory]
    [InlineData(FaultKind.HalfClosed)]
    [InlineData(FaultKind.Reset)]
    public Task A_poll_cut_off_is_sent_again(FaultKind kind) => StubPlay.EachAsync(
        StubPlay.Polled, StubPlay.Short with { Fault = new StubFault { Kind = kind, On = StubAct.Poll, Every = 2, Times = 3 } }, StubPlay.Calls(Calls), AllCompleted);

    [Fact]
    public Task A_service_that_stops_accepting_fails_what_is_left() => StubPlay.EachAsync(StubProtocol.All, Faulty(FaultKind.StopAccepting, every: Calls / 2), InTwoHalves, played =>
        Assert.True(played.Rows.Count(row => row.Outcome == Outcome.Failed && row.Reason.StartsWith("connection-", StringComparison.Ordinal)) >= Calls / 2));

    /// <summary>The second half of the calls comes when what the first has set off is long over.</summary>
    private static Schedule InTwoHalves => StubPlay.Calls(Calls, call => call.Index < Calls / 2 ? call : call with { Intended = call.Intended + Duration.FromSeconds(4) });

    private static IEnumerable<StubProtocol> Blocking => StubProtocol.All.Where(protocol => protocol.Blocks);

    /// <summary>Protocols in which such a request happens.</summary>
    private static IEnumerable<StubProtocol> Answering(StubAct on) => on == StubAct.Poll ? StubPlay.Polled : StubProtocol.All;

    private static StubOptions Faulty(FaultKind kind, StubAct on = StubAct.Submit, int every = 1, int during = 200, string code = "internal_error") =>
        StubPlay.Short with { Fault = new StubFault { Kind = kind, On = on, Every = every, For = TimeSpan.FromMilliseconds(during), Code = code } };

    private static void AllCompleted(StubPlayed played) => Assert.All(played.Rows, row => Assert.Equal(s_completed, (row.Outcome, row.Reason)));
}
