using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Safety;
using LoadLab.Model.Video;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Tests.Safety;

public sealed class BlankCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(255, 255, 255)]
    [InlineData(12, 200, 90)]
    public void A_clip_of_one_colour_is_refused(byte red, byte green, byte blue) => Assert.NotNull(Refusal(Clip(red, green, blue)));

    [Theory]
    [InlineData(0)]
    [InlineData(32 * 32 * 3 * 4)]
    [InlineData((32 * 32 * 3 * 5) - 3)]
    public void One_pixel_of_another_colour_lets_it_pass(int at)
    {
        var clip = Clip(12, 200, 90);
        (clip.Rgb[at], clip.Rgb[at + 1], clip.Rgb[at + 2]) = (200, 12, 255);

        Assert.Null(Refusal(clip));
    }

    [Fact]
    public void A_frame_of_another_colour_lets_it_pass()
    {
        var clip = Clip(12, 200, 90);
        clip.Rgb.AsSpan(32 * 32 * 3 * 4).Fill(80);

        Assert.Null(Refusal(clip));
    }

    [Fact]
    public void Clips_that_were_not_generated_and_prompts_are_not_looked_at()
    {
        var file = Write(Clip(0, 0, 0));

        Assert.Null(new BlankCheck(_ => false).Refusal(Content(SafetyPhase.After, file), CancellationToken.None));
        Assert.Null(new BlankCheck(_ => true).Refusal(Content(SafetyPhase.Before, file), CancellationToken.None));
        Assert.Null(new BlankCheck(_ => true).Refusal(Content(SafetyPhase.After, null), CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("YUV4MPEG2 W32 H32 F24:1 C420jpeg")]
    [InlineData("YUV4MPEG2 W32 H32 F24:1 C420jpeg\nFRAME\nsss")]
    [InlineData("YUV4MPEG2 W32 H32 F24:1 C420jpeg\nframe\n")]
    [InlineData("YUV4MPEG2 W99999999 H32 F24:1 C420jpeg\nFRAME\n")]
    [InlineData("YUV4MPEG2 W-2 H32 F24:1 C420jpeg\nFRAME\n")]
    [InlineData("YUV4MPEG2 W32 H32 F24:1 C444\nFRAME\n")]
    [InlineData("RIFF W32 H32 C420jpeg\nFRAME\n")]
    public void What_is_no_clip_is_no_verdict(string text)
    {
        var file = _folder.File("clip.y4m");
        File.WriteAllText(file, text);

        Assert.Throws<InvalidDataException>(() => BlankCheck.IsOneColour(file, CancellationToken.None));
    }

    [Fact]
    public void A_header_without_an_end_is_no_verdict()
    {
        var file = _folder.File("clip.y4m");
        File.WriteAllText(file, new string('x', 1_000_000));

        Assert.Throws<InvalidDataException>(() => BlankCheck.IsOneColour(file, CancellationToken.None));
    }

    private static VideoClip Clip(byte red, byte green, byte blue)
    {
        var clip = new VideoClip(32, 32, 5, 24, new byte[32 * 32 * 3 * 5]);
        for (var i = 0; i < clip.Rgb.Length; i += 3)
        {
            (clip.Rgb[i], clip.Rgb[i + 1], clip.Rgb[i + 2]) = (red, green, blue);
        }

        return clip;
    }

    private static Content Content(SafetyPhase phase, string? file) => new(new(0), phase, new("nano"), "a cat", "", file);

    private string? Refusal(VideoClip clip) => new BlankCheck(_ => true).Refusal(Content(SafetyPhase.After, Write(clip)), CancellationToken.None);

    private string Write(VideoClip clip)
    {
        var file = _folder.File("clip.y4m");
        Y4MWriter.Write(clip, file);
        return file;
    }
}
