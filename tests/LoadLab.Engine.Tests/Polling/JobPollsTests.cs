using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Engine.Polling;

namespace LoadLab.Engine.Tests.Polling;

public sealed class JobPollsTests
{
    [Fact]
    public void Job_of_an_unknown_kind_is_asked_after_a_twentieth_of_its_age()
    {
        var polls = new PollBook(new PollingOptions(), TimeProvider.System).Follow("clip", Instant.Zero);
        polls.Pending(Instant.FromSeconds(100), null);
        Assert.Equal(5, Wait(polls, Instant.FromSeconds(100)), 0.3);
    }

    [Fact]
    public void Pause_after_a_fault_begins_now_and_holds_once()
    {
        var polls = new PollBook(new PollingOptions(), TimeProvider.System).Follow("clip", Instant.Zero);
        polls.Pending(Instant.FromSeconds(100), null);
        polls.Again(PollBook.AfterFault(2));
        Assert.Equal(0.4, Wait(polls, Instant.FromSeconds(200)), 0.02);
        polls.Pending(Instant.FromSeconds(201), null);
        Assert.Equal(10, Wait(polls, Instant.FromSeconds(201)), 0.6);
    }

    [Fact]
    public void Overdue_poll_is_made_at_once_and_only_once()
    {
        var polls = new PollBook(new PollingOptions { MaxRatePerSecond = 100 }, TimeProvider.System).Follow("clip", Instant.Zero);
        Assert.Equal(0, Wait(polls, Instant.FromSeconds(1000)), 0.011);
    }

    [Fact]
    public void Polls_held_up_together_are_not_made_together_and_each_is_made_in_the_end()
    {
        var book = new PollBook(new PollingOptions { MaxRatePerSecond = 10 }, TimeProvider.System);
        var crowd = Enumerable.Range(0, 5).Select(_ => book.Follow("clip", Instant.Zero)).ToList();
        crowd.ForEach(polls => polls.Next(Instant.Zero));
        var late = Instant.FromSeconds(60);
        Assert.Equal(4, crowd.Count(polls => polls.Next(late) is not null));
        Assert.All(crowd, polls => Assert.Null(polls.Next(late + Duration.FromSeconds(60))));
    }

    [Fact]
    public void Job_that_is_left_gives_back_its_share_of_the_budget()
    {
        var book = new PollBook(new PollingOptions { MaxRatePerSecond = 10 }, TimeProvider.System);
        var crowd = Enumerable.Range(0, 1000).Select(_ => book.Follow("clip", Instant.Zero)).ToList();
        crowd.ForEach(polls => polls.Next(Instant.Zero));
        Assert.InRange(book.Budget.Pressure, 100, double.MaxValue);
        crowd.ForEach(polls => polls.Dispose());
        crowd.ForEach(polls => polls.Dispose());
        Assert.Equal(0, book.Budget.Pressure);
    }

    [Fact]
    public void Book_may_be_used_by_many_threads()
    {
        var book = new PollBook(new PollingOptions { MaxRatePerSecond = 10_000 }, TimeProvider.System);
        Parallel.For(0, 1000, i =>
        {
            using var polls = book.Follow($"kind {i % 100}", Instant.Zero);
            for (var age = 1; age < 20; age++)
            {
                polls.Next(Instant.FromSeconds(age));
                polls.Pending(Instant.FromSeconds(age), age / 20.0);
            }

            polls.Ended(Duration.FromSeconds(20));
        });
        Assert.Equal(0, book.Budget.Pressure);
    }

    [Fact]
    public void Options_are_bound_and_refused_by_name()
    {
        var bound = Bind("{ median: 1%, p95: 0.05, maxRate: 600/min }", out var none);
        Assert.Empty(none);
        Assert.Equal((0.01, 0.05, 10.0), (bound.Median, bound.P95, bound.MaxRatePerSecond));
        Assert.Equal(new PollingOptions(), Bind(null, out _));
        Bind("{ median: 90%, maxRate: 5, often: true }", out var problems);
        Assert.Equal(["target.polling.median", "target.polling.maxRate", "target.polling.often"], problems.Select(problem => problem.Field));
        Bind("{ median: 10%, p95: 5% }", out problems);
        Assert.Equal("target.polling.p95", Assert.Single(problems).Field);
    }

    private static PollingOptions Bind(string? polling, out IReadOnlyList<Problem> found)
    {
        var problems = new Problems();
        var target = Section.Open(YamlDocument.ReadText(polling is null ? "kind: http" : $"polling: {polling}", "test.yaml", problems)!, "target", problems)!;
        var options = PollingOptions.Bind(target);
        found = problems.All;
        return options;
    }

    /// <summary>Seconds until the poll.</summary>
    private static double Wait(JobPolls polls, Instant from)
    {
        var now = from;
        while (polls.Next(now) is { } wait)
        {
            now += wait;
        }

        return (now - from).Seconds;
    }
}
