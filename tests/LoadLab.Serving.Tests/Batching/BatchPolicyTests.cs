using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Batching;

/// <summary>Laws of every policy, over lines, limits and instants drawn by a seed that a failure prints.</summary>
public class BatchPolicyTests
{
    private static readonly Duration s_ages = Duration.FromSeconds(4);

    [Fact]
    public void Every_answer_keeps_to_the_limit_and_to_one_key()
    {
        foreach (var question in Questions())
        {
            var decision = question.Ask(question.Now);
            Assert.True(decision.Count >= 0 && decision.Count <= Math.Min(question.Limit, question.Line.Length), question.Text);
            Assert.True(question.Line.Take(decision.Count).Select(job => job.Key).Distinct().Count() <= 1, question.Text);
            Assert.True(decision.Reason.Length > 0, question.Text);
        }
    }

    [Fact]
    public void Line_that_waits_names_a_later_instant_and_runs_then_and_not_before()
    {
        var waits = 0;
        foreach (var question in Questions())
        {
            if (question.Ask(question.Now) is { Count: 0 } wait)
            {
                waits++;
                Assert.True(wait.Until > question.Now, question.Text);
                Assert.True(question.Ask(wait.Until!.Value).Count > 0, question.Text);
                Assert.Equal((question.Text, wait), (question.Text, question.Ask(wait.Until.Value - new Duration(1))));
            }
        }

        Assert.InRange(waits, 1000, 20_000);
    }

    [Fact]
    public void Full_line_never_waits()
    {
        foreach (var question in Questions())
        {
            if (question.Line.TakeWhile(job => job.Key == question.Line[0].Key).Count() >= question.Limit)
            {
                Assert.True(question.Ask(question.Now).Count > 0, question.Text);
            }
        }
    }

    [Fact]
    public void Line_that_may_run_may_run_later_too()
    {
        foreach (var question in Questions())
        {
            if (question.Ask(question.Now).Count > 0)
            {
                Assert.True(question.Ask(question.Now + s_ages).Count > 0, question.Text);
            }
        }
    }

    [Fact]
    public void Reason_memory_is_given_exactly_when_memory_stopped_the_batch()
    {
        foreach (var question in Questions())
        {
            var decision = question.Ask(question.Now);
            var stopped = question.Options.Kind != BatchingKind.None && decision.Count == question.Limit && question.Limit < question.Options.MaxBatch;
            Assert.True(stopped == (decision.Reason == "memory"), $"{question.Text} -> {decision}");
        }
    }

    /// <summary>Asked again where something was counted: a collection meanwhile counts what is left of the thread's 8 KB as allocated, a question that allocates does so every time.</summary>
    [Fact]
    public void Asking_allocates_nothing()
    {
        foreach (var question in Questions().Take(200).ToList())
        {
            question.AskAgain(100);
            Assert.True(Enumerable.Range(0, 10).Any(_ => Allocated(question) == 0), $"{Allocated(question)} bytes: {question.Text}");
        }
    }

    private static long Allocated(Question question)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        question.AskAgain(10_000);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static IEnumerable<Question> Questions() => Enumerable.Range(0, 20_000).Select(number => new Question(new Seed(2026).Derive(number)));

    private sealed class Question
    {
        private readonly Seed _seed;
        private readonly IBatchPolicy _policy;

        public Question(Seed seed)
        {
            _seed = seed;
            var random = new RandomStream(seed);
            var maxBatch = 1 + random.NextInt(9);
            Options = new BatchingOptions
            {
                Kind = (BatchingKind)random.NextInt(3),
                MaxBatch = maxBatch,
                Window = Duration.FromSeconds(random.NextInt(8)),
                Delay = Duration.FromSeconds(random.NextInt(8)),
                Preferred = [.. Enumerable.Range(1, maxBatch).Where(_ => random.NextInt(4) == 0)],
            };
            _policy = Options.Create();
            Limit = random.NextInt(2) == 0 ? maxBatch : 1 + random.NextInt(maxBatch);
            Now = Instant.FromSeconds(10);
            var shapes = _policy.LinesByModel && random.NextInt(3) == 0 ? 2 : 1;
            Line = new LineJob[1 + random.NextInt(maxBatch + 1)];
            for (var i = 0; i < Line.Length; i++)
            {
                Line[i] = new LineJob(BatchStory.Key((char)('a' + random.NextInt(shapes))), Now - new Duration(random.NextInt((int)(s_ages.Nanoseconds / 1000)) * 1000L));
            }
        }

        public BatchingOptions Options { get; }

        public LineJob[] Line { get; }

        public int Limit { get; }

        public Instant Now { get; }

        public string Text => $"seed {_seed.Value}: {Options} preferred {string.Join(',', Options.Preferred)}, limit {Limit}, line {string.Join(" ", Line)}";

        public BatchDecision Ask(Instant now) => _policy.Decide(now, Line, Limit);

        public void AskAgain(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Ask(Now);
            }
        }
    }
}
