using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Http;

internal static class BodyReading
{
    /// <summary>The whole body; its length is bounded by the server's limit on bodies.</summary>
    /// <exception cref="BadHttpRequestException">408: it took longer than <paramref name="within"/>, whatever its rate.</exception>
    public static async Task<byte[]> ReadBodyAsync(this HttpContext http, TimeSpan within)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(within);
        try
        {
            return await http.Request.BodyReader.ReadToEndAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            http.Response.Headers.Connection = "close";
            throw new BadHttpRequestException("the body took too long", StatusCodes.Status408RequestTimeout);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // What Kestrel says of a chunk whose length is past every number.
            throw new BadHttpRequestException(e.Message, e);
        }
    }

    private static async Task<byte[]> ReadToEndAsync(this PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
