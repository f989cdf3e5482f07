using System.Collections.Concurrent;
using LoadLab.Core;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Safety;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Tests.Safety;

public sealed class ContentCheckerTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly SafetyCheck s_calm = new() { Limit = Duration.FromSeconds(120) };
    private readonly Answers _answers = new();
    private readonly StringWriter _lines = new();
    private readonly Scripted _script = new();
    private ContentChecker? _checker;

    public void Dispose()
    {
        _script.Gate.Set();
        _checker?.Dispose();
        _lines.Dispose();
    }

    [Fact]
    public void Answers_come_back_as_events()
    {
        Check(s_calm, "fine", "refuse");

        Assert.Equal([(0, true, ""), (1, false, "because")], Answered(2).Order());
    }

    [Fact]
    public void A_check_that_takes_time_answers_that_long_after_it_was_asked()
    {
        Check(s_calm with { Takes = Duration.FromSeconds(3) }, "refuse");

        Assert.Equal((Instant.FromSeconds(13), 0), (_answers.Take(s_patience).At, _answers.Posted));
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "the content check failed")]
    public void A_check_that_throws_is_answered_as_its_limit_would(bool allows, string detail)
    {
        Check(s_calm with { TimeoutAllows = allows }, "throw");

        Assert.Equal((0, allows, detail), Assert.Single(Answered(1)));
        Assert.Equal(1, _checker!.Figures.Faults);
        Assert.Contains("failed: InvalidOperationException: on purpose", _lines.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Checks_that_hang_do_not_use_up_the_threads()
    {
        var check = new SafetyCheck { Limit = Duration.FromSeconds(1) };
        Check(check, [.. Enumerable.Repeat("hang", ContentChecker.Threads)]);
        SpinWait.SpinUntil(() => _checker!.Figures.Stuck == ContentChecker.Threads, s_patience);
        Assert.Equal((ContentChecker.Threads, ContentChecker.Threads), (_checker!.Figures.Stuck, (int)_checker.Figures.GivenUp));

        // The core's limit has answered for those that hang. New contents find new threads, though perhaps not within the first one's limit.
        SpinWait.SpinUntil(() => Ask("fine"), s_patience);
        Assert.Contains("has not returned", _lines.ToString(), StringComparison.Ordinal);

        _script.Gate.Set();
        SpinWait.SpinUntil(() => _checker!.Figures.Stuck == 0, s_patience);
        Assert.Equal(0, _checker!.Figures.Stuck);
        Assert.True(SpinWait.SpinUntil(() => Ask("fine"), s_patience));

        bool Ask(string prompt)
        {
            _checker!.Check(default, Prompt(99, prompt));
            return _answers.TryTake(TimeSpan.FromSeconds(0.5)) is { Job: 99, Allowed: true };
        }
    }

    [Fact]
    public void Threads_given_up_are_bounded_and_what_waits_is_left_to_its_limit()
    {
        Check(new SafetyCheck { Limit = Duration.FromSeconds(0.02) }, [.. Enumerable.Repeat("hang", ContentChecker.Threads)]);
        var most = ContentChecker.Threads + ContentChecker.MaxStuck;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                _checker!.Check(default, Prompt(7, "hang"));
                Assert.InRange(_checker.Figures.Stuck, 0, most);
                Thread.Sleep(5);
                return _checker.Figures.Stuck == most;
            },
            s_patience));

        var before = _checker!.Figures.Unserved;
        for (var i = 0; i < ContentChecker.MaxQueued + 10; i++)
        {
            _checker.Check(default, Prompt(i, "fine"));
        }

        Assert.True(_checker.Figures.Unserved >= before + 10);
        Assert.InRange(_checker.Figures.Queued, 1, ContentChecker.MaxQueued);
        Assert.Equal(0, _answers.Posted);
    }

    [Fact]
    public void A_check_is_told_when_its_time_has_passed()
    {
        Check(new SafetyCheck { Limit = Duration.FromSeconds(2) }, "obey");

        Assert.True(SpinWait.SpinUntil(() => _script.Obeyed, s_patience));
        Assert.Equal(0, _answers.Posted);
    }

    [Fact]
    public void After_it_is_disposed_nothing_is_checked_and_nothing_thrown()
    {
        Check(s_calm, "fine");
        Assert.Single(Answered(1));
        _checker!.Dispose();

        _checker.Check(default, Prompt(1, "fine"));

        Assert.Equal(1, _answers.Posted);
    }

    private static Content Prompt(int job, string prompt) => new(new(job), SafetyPhase.Before, new("nano"), prompt, "", null);

    private void Check(SafetyCheck check, params string[] prompts)
    {
        _checker = new ContentChecker(new SafetyOptions { Before = check }, _script, new CombinedCheck([]), _answers, _answers, new PacedLines(_lines));
        for (var i = 0; i < prompts.Length; i++)
        {
            _checker.Check(Instant.FromSeconds(10), Prompt(i, prompts[i]));
        }
    }

    private List<(int Job, bool Allowed, string Detail)> Answered(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => _answers.Take(s_patience)).Select(answer => (answer.Job, answer.Allowed, answer.Detail))];

    private sealed record Answer(Instant? At, int Job, bool Allowed, string Detail);

    private sealed class Answers : ITimeline, IEventSink
    {
        private readonly BlockingCollection<Answer> _all = [];
        private int _posted;

        public Instant Now => default;

        public int Posted => Volatile.Read(ref _posted);

        public Answer Take(TimeSpan patience) => TryTake(patience) ?? throw new TimeoutException("no answer came");

        public Answer? TryTake(TimeSpan patience) => _all.TryTake(out var answer, patience) ? answer : null;

        public TimerId Set(Instant at, ServingEvent e)
        {
            Add(at, e);
            return default;
        }

        public void Cancel(TimerId id)
        {
        }

        public void Post(ServingEvent e)
        {
            Interlocked.Increment(ref _posted);
            Add(null, e);
        }

        private void Add(Instant? at, ServingEvent e)
        {
            var answer = (ServingEvent.SafetyChecked)e;
            _all.Add(new Answer(at, (int)answer.Job.Value, answer.Allowed, answer.Detail));
        }
    }

    private sealed class Scripted : IContentCheck
    {
        public ManualResetEventSlim Gate { get; } = new();

        public volatile bool Obeyed;

        public string? Refusal(Content content, CancellationToken cancellationToken)
        {
            switch (content.Prompt)
            {
                case "refuse":
                    return "because";
                case "throw":
                    throw new InvalidOperationException("on purpose");
                case "hang":
                    Gate.Wait(CancellationToken.None);
                    return null;
                case "obey":
                    cancellationToken.WaitHandle.WaitOne();
                    Obeyed = true;
                    throw new OperationCanceledException(cancellationToken);
                default:
                    return null;
            }
        }
    }
}
