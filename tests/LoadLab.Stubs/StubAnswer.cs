using System.Text;
using System.Text.Json.Nodes;

namespace LoadLab.Stubs;

/// <summary>An answer, before any fault has touched it.</summary>
/// <param name="Status">HTTP status code.</param>
/// <param name="Body">The whole body.</param>
/// <param name="Type">Its content type.</param>
internal sealed record StubAnswer(int Status, byte[] Body, string Type)
{
    /// <summary>The clip that every job makes: a box of type ftyp and 4 KiB of nothing.</summary>
    public static readonly byte[] Clip = [0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 2, 0, .. new byte[4096]];

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The job whose end this answer tells.</summary>
    public StubJob? Tells { get; init; }

    public static StubAnswer Json(JsonNode body, int status = 200) => new(status, Encoding.UTF8.GetBytes(body.ToJsonString()), "application/json");

    public static StubAnswer Text(string body, int status = 200) => new(status, Encoding.UTF8.GetBytes(body), "text/plain");

    public static StubAnswer Video() => new(200, Clip, "video/mp4");

    public StubAnswer With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };
}
