using System.Buffers;
using System.IO.Pipelines;

namespace LoadLab.Model.Server.Http;

internal static class BodyReading
{
    /// <summary>The whole body; its length is bounded by the server's limit on bodies.</summary>
    public static async Task<byte[]> ReadToEndAsync(this PipeReader reader, CancellationToken cancellationToken)
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
