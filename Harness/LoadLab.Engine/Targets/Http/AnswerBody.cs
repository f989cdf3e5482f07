using System.Buffers;
using System.Text.Json;

namespace LoadLab.Engine.Targets.Http;

/// <summary>Reads response bodies within a bound.</summary>
internal static class AnswerBody
{
    private const int Chunk = 16 * 1024;
    private const int MaxDepth = 64;

    /// <summary>Reads to the end and counts; nothing is kept.</summary>
    public static async ValueTask<long> CountAsync(HttpResponseMessage response, long max, CancellationToken stop)
    {
        Check(response, max);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
            long total = 0;
            for (int read; (read = await stream.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0;)
            {
                total += read;
                if (total > max)
                {
                    throw new OversizedAnswerException();
                }
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads the whole body and hands it on. Throws <see cref="OversizedAnswerException"/> past the bound.</summary>
    public static async ValueTask<T> ReadAsync<T>(HttpResponseMessage response, int max, Func<ReadOnlyMemory<byte>, T> use, CancellationToken stop)
    {
        Check(response, max);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(response.Content.Headers.ContentLength + 1 ?? Chunk, max));
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
            var filled = 0;
            for (int read; (read = await stream.ReadAsync(buffer.AsMemory(filled), stop).ConfigureAwait(false)) > 0;)
            {
                filled += read;
                if (filled > max)
                {
                    throw new OversizedAnswerException();
                }

                buffer = filled == buffer.Length ? Grown(buffer) : buffer;
            }

            return use(buffer.AsMemory(0, filled));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Parses a JSON object of bounded depth. Throws <see cref="BadAnswerException"/> or JsonException for anything else.</summary>
    public static T Parse<T>(ReadOnlyMemory<byte> body, Func<JsonElement, T> use)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        return document.RootElement.ValueKind == JsonValueKind.Object ? use(document.RootElement) : throw new BadAnswerException();
    }

    private static void Check(HttpResponseMessage response, long max)
    {
        if (response.Content.Headers.ContentLength > max)
        {
            throw new OversizedAnswerException();
        }
    }

    private static byte[] Grown(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
