using System.Text;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Video;

namespace LoadLab.Model.Tests.Video;

public sealed class Y4MWriterTests
{
    [Fact]
    public void Header_frames_and_colours_are_as_the_format_says()
    {
        // White, then BT.601 red: Y 235 and 81, Cb 128 and 90, Cr 128 and 240.
        byte[] rgb = [.. Enumerable.Repeat((byte)255, 4 * 2 * 3), .. Enumerable.Range(0, 8).SelectMany(_ => new byte[] { 255, 0, 0 })];
        using var stream = new MemoryStream();
        Y4MWriter.Write(new VideoClip(4, 2, 2, 24, rgb), stream);
        var bytes = stream.ToArray();
        var headerEnd = Array.IndexOf(bytes, (byte)'\n') + 1;
        Assert.Equal("YUV4MPEG2 W4 H2 F24:1 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n", Encoding.ASCII.GetString(bytes, 0, headerEnd));
        byte[] first = [.. "FRAME\n"u8, .. Enumerable.Repeat((byte)235, 8), 128, 128, 128, 128];
        byte[] second = [.. "FRAME\n"u8, .. Enumerable.Repeat((byte)81, 8), 90, 90, 240, 240];
        Assert.Equal([.. first, .. second], bytes[headerEnd..]);
    }

    [Fact]
    public void Odd_sides_are_refused()
    {
        using var stream = new MemoryStream();
        Assert.Throws<ArgumentException>(() => Y4MWriter.Write(new VideoClip(3, 2, 1, 24, new byte[18]), stream));
    }

    [Fact]
    public void Ffmpeg_makes_an_mp4_of_it()
    {
        var ffmpeg = Mp4Encoder.FindFfmpeg();
        Assert.SkipWhen(ffmpeg is null, "ffmpeg is not on the PATH");
        using var folder = new TemporaryFolder();
        Y4MWriter.Write(new VideoClip(32, 32, 5, 24, new byte[32 * 32 * 3 * 5]), folder.File("a.y4m"));
        Assert.Null(Mp4Encoder.Encode(ffmpeg, folder.File("a.y4m"), folder.File("a.mp4"), TimeSpan.FromMinutes(5)));
        Assert.Equal("ftyp", Encoding.ASCII.GetString(File.ReadAllBytes(folder.File("a.mp4")), 4, 4));
    }

    [Fact]
    public void Ffmpeg_refusal_is_one_line_and_no_exception()
    {
        var ffmpeg = Mp4Encoder.FindFfmpeg();
        Assert.SkipWhen(ffmpeg is null, "ffmpeg is not on the PATH");
        using var folder = new TemporaryFolder();
        var problem = Mp4Encoder.Encode(ffmpeg, folder.File("missing.y4m"), folder.File("a.mp4"), TimeSpan.FromMinutes(5));
        Assert.Contains("ffmpeg ended with code", problem, StringComparison.Ordinal);
    }
}
