using System.Text;
using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Video;

/// <summary>
/// Writes YUV4MPEG2, 4:2:0 with centred chroma, limited range, BT.601: what every player and encoder takes without asking.
/// Format: mjpegtools yuv4mpeg(5).
/// </summary>
public static class Y4MWriter
{
    /// <summary>Writes header and frames; leaves the stream open. Width and height must be even.</summary>
    public static void Write(VideoClip clip, Stream output)
    {
        if (clip.Width % 2 != 0 || clip.Height % 2 != 0)
        {
            throw new ArgumentException($"{clip.Width}x{clip.Height}: 4:2:0 needs even sides", nameof(clip));
        }

        output.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{clip.Width} H{clip.Height} F{clip.FramesPerSecond}:1 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n"));
        var planes = new byte[clip.Width * clip.Height * 3 / 2];
        for (var frame = 0; frame < clip.Frames; frame++)
        {
            ToPlanes(clip.Frame(frame), clip.Width, clip.Height, planes);
            output.Write("FRAME\n"u8);
            output.Write(planes);
        }
    }

    /// <summary>Writes a file.</summary>
    public static void Write(VideoClip clip, string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        Write(clip, file);
    }

    private static void ToPlanes(ReadOnlySpan<byte> rgb, int width, int height, Span<byte> planes)
    {
        for (var i = 0; i < width * height; i++)
        {
            planes[i] = Luma(rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
        }

        var quarter = width * height / 4;
        var blue = planes.Slice(width * height, quarter);
        var red = planes.Slice((width * height) + quarter, quarter);
        for (var y = 0; y < height; y += 2)
        {
            for (var x = 0; x < width; x += 2)
            {
                var (r, g, b) = MeanOfFour(rgb, width, x, y);
                var at = (y / 2 * (width / 2)) + (x / 2);
                blue[at] = Round(128 + (((-37.797 * r) - (74.203 * g) + (112.0 * b)) / 255));
                red[at] = Round(128 + (((112.0 * r) - (93.786 * g) - (18.214 * b)) / 255));
            }
        }
    }

    // ITU-R BT.601: Y = 16 + 219 (0.299 R + 0.587 G + 0.114 B) / 255, chroma 128 +- 112.
    private static byte Luma(double r, double g, double b) => Round(16 + (((65.481 * r) + (128.553 * g) + (24.966 * b)) / 255));

    private static (double R, double G, double B) MeanOfFour(ReadOnlySpan<byte> rgb, int width, int x, int y)
    {
        var (r, g, b) = (0.0, 0.0, 0.0);
        for (var corner = 0; corner < 4; corner++)
        {
            var at = 3 * (((y + (corner / 2)) * width) + x + (corner % 2));
            (r, g, b) = (r + rgb[at], g + rgb[at + 1], b + rgb[at + 2]);
        }

        return (r / 4, g / 4, b / 4);
    }

    private static byte Round(double value) => (byte)Math.Round(value);
}
