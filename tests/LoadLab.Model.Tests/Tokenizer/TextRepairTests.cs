using System.Text;
using LoadLab.Model.Tokenizer;

namespace LoadLab.Model.Tests.Tokenizer;

public sealed class TextRepairTests
{
    [Theory]
    [InlineData("café", "cafÃ©")]
    [InlineData("naïve – déjà vu", "naÃ¯ve â€“ dÃ©jÃ\u00a0 vu")]
    [InlineData("it's 5° outside…", "it's 5Â° outsideâ€¦")]
    [InlineData("рыжая лиса", "Ñ€Ñ‹Ð¶Ð°Ñ\u008f Ð»Ð¸Ñ\u0081Ð°")]
    [InlineData("一只猫", "ä¸€å\u008fªçŒ«")]
    [InlineData("😀", "ðŸ˜€")]
    public void Utf8_that_was_read_as_single_bytes_is_read_again(string meant, string mojibake)
    {
        Assert.Equal(meant, TextRepair.Repair(mojibake));
    }

    [Theory]
    [InlineData("é")]
    [InlineData("Une forêt brûlée, où l'été s'achève")]
    [InlineData("ÀÉÎÕÜ ß Ã Â")]
    [InlineData("groß… Spaß– AMANHû CAFÉ—")]
    [InlineData("5 µm ± 0,1 µm, 20 °C, © 2026")]
    [InlineData("一只猫在雪地里奔跑，电影感。")]
    [InlineData("рыжая лиса")]
    [InlineData("Ã© and 猫 in one text")]
    public void Text_that_may_be_meant_so_is_left(string text)
    {
        Assert.Equal(text.Replace('，', ','), TextRepair.Repair(text));
    }

    [Fact]
    public void Lone_surrogate_becomes_the_replacement_character()
    {
        Assert.Equal("x\uFFFDy", TextRepair.Repair("x\ud800y"));
    }

    // What a careless reader makes of a text is undone, twice over too, whichever of the two code pages it used.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Damage_by_latin1_is_undone(int times)
    {
        const string Meant = "Ein Fuchs läuft durch den Wald, très près, São Paulo, ½ m";
        var text = Meant;
        for (var i = 0; i < times; i++)
        {
            text = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
        }

        Assert.Equal(Meant, TextRepair.Repair(text));
    }

    [Theory]
    [InlineData("“fox’s” ‘den’", "\"fox's\" 'den'")]
    [InlineData("ﬂuﬀy ﬁre", "fluffy fire")]
    [InlineData("ＬＯＵＤ！", "LOUD!")]
    [InlineData("it\u0092s 10\u0080", "it's 10€")]
    [InlineData("a\u0007b\u001b[1;31mc\u007f\uFEFF", "abc")]
    [InlineData("a\tb\nc\fd", "a\tb\nc\fd")]
    [InlineData("😀", "😀")]
    public void Characters_are_put_as_people_mean_them(string text, string expected)
    {
        Assert.Equal(expected, TextRepair.Repair(text));
    }
}
