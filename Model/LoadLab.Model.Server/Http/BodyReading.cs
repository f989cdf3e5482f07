using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Http;

internal static class BodyReading
{
    /// <summary>The whole body.</summary>
    /// <exception cref="BadHttpRequestException">413: it is too long. 408: it took too long, whatever its rate. 400: it is no body.</exception>
    public static async Task<byte[]> ReadBodyAsync(this HttpContext http, HttpLimits limits)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(limits.BodyWithin);
        try
        {
            return await http.Request.BodyReader.ReadToEndAsync(limits.BodyBytes, limit.Token);
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

    private static async Task<byte[]> ReadToEndAsync(this PipeReader reader, long most, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > most)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw new BadHttpRequestException("the body is too long", StatusCodes.Status413PayloadTooLarge);
            }

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
