using System.Globalization;
using System.Text;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Safety;

/// <summary>Looks at a real model's clip and refuses one whose pixels all have the same colour: a generation that went wrong. Reads up to the first pixel that differs.</summary>
/// <param name="isReal">Whether a model's clips are generated; others are not looked at.</param>
internal sealed class BlankCheck(Func<ModelId, bool> isReal) : IContentCheck
{
    private const int MaxHeader = 256;
    private const int MaxSide = 1 << 14;

    public string? Refusal(Content content, CancellationToken cancellationToken) =>
        content is { Phase: SafetyPhase.After, ClipFile: { } file } && isReal(content.Model) && IsOneColour(file, cancellationToken) ? "every pixel of the clip has the same colour" : null;

    /// <summary>Throws <see cref="InvalidDataException"/> for what is no .y4m file of 4:2:0.</summary>
    internal static bool IsOneColour(string file, CancellationToken cancellationToken)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        var (luma, chroma) = PlaneSizes(Line(stream) ?? throw new InvalidDataException("the clip is empty"));
        Span<int> colour = [-1, -1, -1];
        while (Line(stream) is { } frame)
        {
            if (!frame.StartsWith("FRAME", StringComparison.Ordinal))
            {
                throw new InvalidDataException("the clip has no frame where one should be");
            }

            for (var plane = 0; plane < 3; plane++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!IsEven(stream, plane == 0 ? luma : chroma, ref colour[plane]))
                {
                    return false;
                }
            }
        }

        return colour[0] >= 0;
    }

    private static bool IsEven(Stream stream, int bytes, ref int value)
    {
        Span<byte> buffer = stackalloc byte[1 << 12];
        for (var left = bytes; left > 0;)
        {
            var read = stream.Read(buffer[..Math.Min(left, buffer.Length)]);
            if (read == 0)
            {
                throw new InvalidDataException("the clip ends within a frame");
            }

            value = value < 0 ? buffer[0] : value;
            if (buffer[..read].ContainsAnyExcept((byte)value))
            {
                return false;
            }

            left -= read;
        }

        return true;
    }

    private static (int Luma, int Chroma) PlaneSizes(string header)
    {
        var fields = header.Split(' ');
        int Side(char name) => Array.Find(fields, field => field.StartsWith(name)) is { } field
            && int.TryParse(field.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is > 0 and <= MaxSide
            ? side
            : throw new InvalidDataException($"the clip's header has no {name}");

        return fields[0] == "YUV4MPEG2" && Array.Exists(fields, field => field.StartsWith("C420", StringComparison.Ordinal))
            ? (Side('W') * Side('H'), (Side('W') + 1) / 2 * ((Side('H') + 1) / 2))
            : throw new InvalidDataException("the clip is no YUV4MPEG2 of 4:2:0");
    }

    /// <summary>Null at the end.</summary>
    private static string? Line(Stream stream)
    {
        var line = new StringBuilder();
        for (int next; (next = stream.ReadByte()) >= 0;)
        {
            if (next == '\n')
            {
                return line.ToString();
            }

            if (line.Append((char)next).Length > MaxHeader)
            {
                throw new InvalidDataException("the clip's header does not end");
            }
        }

        return line.Length == 0 ? null : throw new InvalidDataException("the clip ends within a header");
    }
}
