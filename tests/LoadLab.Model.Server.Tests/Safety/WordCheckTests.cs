using LoadLab.Model.Server.Safety;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Tests.Safety;

public class WordCheckTests
{
    private static readonly WordCheck s_check = new(["bomb", "Waffe", "how  to-steal", "ΟΔΟΣ", "бомба", "café", "!?", "爆弹"]);

    [Theory]
    [InlineData("a BOMB on a table")]
    [InlineData("bomb")]
    [InlineData("(bomb)")]
    [InlineData("a \"bomb\"-like cloud")]
    [InlineData("waffe")]
    [InlineData("HOW TO STEAL a car")]
    [InlineData("how to... steal")]
    [InlineData("одна БОМБА")]
    [InlineData("οδός is another word, οδος is this one")]
    [InlineData("Café")]
    [InlineData("ｂｏｍｂ in full-width letters")]
    [InlineData("bo\u200Bmb with a space nobody sees")]
    [InlineData("bo\u00ADmb with a soft hyphen")]
    [InlineData("一个 爆弹")]
    [InlineData("the 🧨 bomb")]
    public void Listed_words_are_refused_in_any_case_and_company(string prompt) => Assert.NotNull(Refusal(prompt));

    [Theory]
    [InlineData("")]
    [InlineData("a bombastic speech")]
    [InlineData("rhubarbomb")]
    [InlineData("bomb1")]
    [InlineData("steal how to")]
    [InlineData("how to make tea, never steal")]
    [InlineData("Waffel")]
    [InlineData("cafe")]
    [InlineData("!?")]
    [InlineData("\uD83D broken \uDC00 surrogates")]
    public void Other_words_pass(string prompt) => Assert.Null(Refusal(prompt));

    [Fact]
    public void The_refusal_does_not_repeat_the_word() => Assert.DoesNotContain("bomb", Refusal("a bomb"), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void A_megabyte_of_near_misses_passes()
    {
        var check = new WordCheck([string.Join(' ', Enumerable.Repeat("a", 20)) + " b", "a a a a a a a b"]);

        Assert.NotNull(check.Refusal(Prompt("a a a a a a a a a a a a a a a a a a a a b"), CancellationToken.None));
        Assert.Null(new WordCheck(["a a a a a a a b"]).Refusal(Prompt(string.Concat(Enumerable.Repeat("a ", 1 << 19))), CancellationToken.None));
    }

    [Fact]
    public void A_check_whose_time_has_passed_stops() =>
        Assert.Throws<OperationCanceledException>(() => s_check.Refusal(Prompt("a cat"), new CancellationToken(canceled: true)));

    private static string? Refusal(string prompt) => s_check.Refusal(Prompt(prompt), CancellationToken.None);

    private static Content Prompt(string prompt) => new(new(0), SafetyPhase.Before, new("nano"), prompt, "", null);
}
