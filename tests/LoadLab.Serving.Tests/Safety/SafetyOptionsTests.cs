using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Safety;

public class SafetyOptionsTests
{
    [Fact]
    public void Absent_key_checks_nothing() => Assert.Equal(new SafetyOptions(), ServingKey.Good("preload: true", SafetyOptions.Bind));

    [Fact]
    public void Every_field_is_read()
    {
        var options = ServingKey.Good(
            """
            safety:
              before: { limit: 2s, onTimeout: allow, takes: 20ms, refusedShare: 0.01, words: [gore, 血] }
              after: {}
            """,
            SafetyOptions.Bind);
        var before = options.Of(SafetyPhase.Before)!;
        Assert.Equal((2, true, 20, 0.01), (before.Limit.Seconds, before.TimeoutAllows, before.Takes.Milliseconds, before.RefusedShare));
        Assert.Equal(["gore", "血"], before.Words);
        var after = options.Of(SafetyPhase.After)!;
        Assert.Equal((1, false, 0, 0.0, 0), (after.Limit.Seconds, after.TimeoutAllows, after.Takes.Seconds, after.RefusedShare, after.Words.Count));
    }

    [Theory]
    [InlineData("safety: {}", "1 serving.safety.before is missing")]
    [InlineData("safety: { before: { limit: 0s } }", "1 serving.safety.before.limit is not a duration of at least 1ms")]
    [InlineData("safety: { before: { onTimeout: shrug } }", "1 serving.safety.before.onTimeout is not known")]
    [InlineData("safety: { after: { refusedShare: 1.1 } }", "1 serving.safety.after.refusedShare is not a number from 0 to 1")]
    [InlineData("safety: { after: { words: [gore] } }", "1 serving.safety.after.words means nothing: a clip has no words")]
    [InlineData("safety: { before: { words: [fine, two words] } }", "1 serving.safety.before.words[1] is not one word of at most 100 characters")]
    [InlineData("safety: { before: { words: [\"\"] } }", "1 serving.safety.before.words[0] is not one word of at most 100 characters")]
    [InlineData("safety: { before: { words: { a: b } } }", "1 serving.safety.before.words is not one word of at most 100 characters")]
    [InlineData("safety: { befor: {} }", "1 serving.safety.befor is not a known field")]
    public void What_makes_no_sense_is_refused(string serving, string problem) => Assert.Equal([problem], ServingKey.Bad(serving, SafetyOptions.Bind));

    [Theory]
    [InlineData(10_000, 13, true)]
    [InlineData(10_001, 1, false)]
    [InlineData(1310, 100, true)]
    [InlineData(1311, 100, false)]
    [InlineData(1, 100, true)]
    [InlineData(1, 101, false)]
    public void Words_are_bounded_in_number_length_and_all_together(int count, int length, bool good)
    {
        var word = new string('x', length);
        var problems = ServingKey.Bad($"safety: {{ before: {{ words: [{string.Join(", ", Enumerable.Repeat(word, count))}] }} }}", SafetyOptions.Bind);
        Assert.Equal(good, problems.Length == 0);
    }

    [Fact]
    public void As_many_words_as_may_be_leave_a_journal_that_can_be_read()
    {
        var words = string.Join(", ", Enumerable.Repeat(new string('血', 13), 10_000));
        var options = ServingKey.Good($"safety: {{ before: {{ words: [{words}] }} }}", SafetyOptions.Bind);
        using var journal = new MemoryStream();
        using (new JournalWriter(journal, new JournalHeader { Serving = new ServingOptions { Safety = options }, Autoscaler = new AutoscalerOptions(), Seed = 1, EpochNs = 0 }))
        {
        }

        using var reader = JournalReader.Open(new MemoryStream(journal.ToArray()), "decisions.jsonl");
        Assert.Equal(options.Before!.Words, reader.Header.Serving.Safety.Before!.Words);
    }
}
