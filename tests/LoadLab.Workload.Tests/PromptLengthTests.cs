using LoadLab.Core;

namespace LoadLab.Workload.Tests;

public sealed class PromptLengthTests
{
    [Theory]
    [InlineData("unique: 1")]
    [InlineData("distinct: 20000")]
    public void Words_of_prompts_are_lognormal_up_to_the_maximum(string more)
    {
        var schedule = Build($"length: {{ median: 40 words, sigma: 0.6, max: 200 }}, {more}");
        var words = schedule.Calls.Select(call => Words(schedule.PromptOf(call))).Order().ToArray();

        // Quantiles of exp(ln 40 + 0.6 z): 18.5, 40, 86.3 at z = -1.2816, 0, 1.2816; the draws are 20,000, or as many as are asked of 20,000 prompts.
        Assert.Equal(18.5, words[words.Length / 10], 1.1);
        Assert.Equal(40, words[words.Length / 2], 1.1);
        Assert.Equal(86.3, words[words.Length * 9 / 10], 3.0);
        Assert.Equal(200, words[^1]);
        Assert.True(words[0] >= 1);
        Assert.All(schedule.Calls, call => Assert.True(schedule.PromptOf(call).Length <= PromptOptions.MaxLength));
    }

    [Fact]
    public void Prompt_of_the_book_has_one_length_for_all_who_ask_it()
    {
        var schedule = Build("length: { median: 20 }, popularity: zipf(1)");
        Assert.Equal(BuiltInPrompts.All.Count, schedule.Calls.Select(call => call.PromptHash).Distinct().Count());
        Assert.All(schedule.Calls, call => Assert.Equal(PromptBook.Hash(schedule.PromptOf(call)), call.PromptHash));
    }

    [Fact]
    public void Distinct_prompts_are_as_many_as_asked_for()
    {
        var schedule = Build("length: { median: 12, sigma: 0.2 }, distinct: 500");
        Assert.Equal(500, schedule.Calls.Select(call => call.PromptHash).Distinct().Count());
    }

    [Fact]
    public void Prompt_is_cut_or_filled_to_its_words()
    {
        Assert.Equal("a red kite", PromptText.Fit("a red kite flying over a field", 3, 1));
        var filled = PromptText.Fit("a red kite", 9, 1);
        Assert.StartsWith("a red kite ", filled, StringComparison.Ordinal);
        Assert.Equal(9, Words(filled));
        Assert.Equal(filled, PromptText.Fit("a red kite", 9, 1));
        Assert.NotEqual(filled, PromptText.Fit("a red kite", 9, 2));
    }

    [Theory]
    [InlineData("length: { median: 0 words }", "prompts.length.median = \"0 words\" is not a number of words from 1 to 400")]
    [InlineData("length: { sigma: 1 }", "prompts.length.median is missing")]
    [InlineData("length: { median: 10, mean: 3 }", "prompts.length.mean is not a known field")]
    [InlineData("distinct: 41", "prompts.distinct is more than the 40 prompts there are")]
    public void Length_that_cannot_be_made_is_refused(string prompts, string told)
    {
        var thrown = Assert.Throws<Core.Input.InputException>(() => Build(prompts));
        Assert.Contains(told, Assert.Single(thrown.Problems).ToString(), StringComparison.Ordinal);
    }

    private static int Words(string prompt) => prompt.Split(' ').Length;

    private static Schedule Build(string prompts) => Scheduler.Build(
        Repository.Bind($"name: p\nseed: 9\nworkload: {{ duration: 20s, process: even, arrivals: [ {{ constant: {{ rate: 1000/s }} }} ], prompts: {{ {prompts} }} }}\n"), new TargetDefaults("nano"));
}
