namespace LoadLab.Model.Server.Tests.Http;

/// <summary>Bytes that are hardly HTTP. Each connection is answered 4xx or closed, and the server goes on.</summary>
public sealed class HostileConnectionsTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private const string Get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    private const string Post = "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";

    /// <summary>Status 0: closed without an answer.</summary>
    private static readonly Dictionary<string, (int[] Statuses, string Bytes)> s_requests = new()
    {
        ["noise"] = ([400], string.Concat(Enumerable.Range(0, 4000).Select(i => (char)(i * 7919 % 251))) + "\r\n\r\n"),
        ["a TLS greeting"] = ([0, 400], "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003" + new string('\u0099', 500) + "\r\n"),
        ["an HTTP/2 greeting"] = ([0, 400, 505], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ["no version"] = ([400], "GET /healthz\r\n\r\n"),
        ["no such version"] = ([400, 505], "GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n"),
        ["a space in the method"] = ([400], "GE T /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ["a tunnel"] = ([400, 404, 405, 421], "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nConnection: close\r\n\r\n"),
        ["an endless request line"] = ([414], "GET /" + new string('a', 300_000)),
        ["a header past the bound"] = ([431], $"{Get}X-A: {new string('a', 20_000)}\r\n\r\n"),
        ["headers past the bound"] = ([431], $"{Get}{string.Concat(Enumerable.Range(0, 60).Select(i => $"X-{i}: {new string('a', 400)}\r\n"))}\r\n"),
        ["headers past their number"] = ([431], $"{Get}{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: 1\r\n"))}\r\n"),
        ["a folded header"] = ([400], $"{Get}X-A: 1\r\n folded\r\n\r\n"),
        ["a header without a name"] = ([400], $"{Get}: 1\r\n\r\n"),
        ["a header with a hidden end"] = ([400], $"{Get}X-A: 1\0\r\n\r\n"),
        ["a space before the colon"] = ([400], $"{Get}X-A : 1\r\n\r\n"),
        ["a negative length"] = ([400], $"{Post}Content-Length: -1\r\n\r\n"),
        ["a length past every number"] = ([400], $"{Post}Content-Length: 99999999999999999999999\r\n\r\n"),
        ["two lengths"] = ([400], $"{Post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
        ["a length of a gigabyte"] = ([413], $"{Post}Content-Length: 1073741824\r\n\r\n"),
        ["another transfer coding"] = ([400, 411, 501], $"{Post}Transfer-Encoding: gzip\r\n\r\n"),
        ["chunked is not last"] = ([400, 411, 501], $"{Post}Transfer-Encoding: chunked, identity\r\n\r\n"),
        ["a chunk past every number"] = ([400], $"{Post}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n"),
        ["a negative chunk"] = ([400], $"{Post}Transfer-Encoding: chunked\r\n\r\n-1\r\n{{}}\r\n0\r\n\r\n"),
        ["a chunk of another length"] = ([400], $"{Post}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\"prompt\":\"a\"}}\r\n0\r\n\r\n"),
        ["chunks past the bound"] = ([413], $"{Post}Transfer-Encoding: chunked\r\n\r\n{string.Concat(Enumerable.Repeat($"1000\r\n{new string(' ', 4096)}\r\n", 40))}0\r\n\r\n"),
        ["chunks of one byte past the bound"] = ([413], $"{Post}Transfer-Encoding: chunked\r\n\r\n{string.Concat(Enumerable.Repeat("1\r\n \r\n", 70_000))}0\r\n\r\n"),
        ["trailers past the bound"] = ([400, 413, 431], $"{Post}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{string.Concat(Enumerable.Range(0, 4000).Select(i => $"X-{i}: {new string('a', 80)}\r\n"))}\r\n"),
        ["an expectation"] = ([400, 417], $"{Post}Expect: 200-fine\r\nContent-Length: 2\r\n\r\n{{}}"),
        ["an upgrade"] = ([400], $"{Post}Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 2\r\n\r\n{{}}"),
        ["a body cut short"] = ([0, 400, 408], $"{Post}Content-Length: 100\r\n\r\n{{\"prompt\":"),
    };

    public static TheoryData<string> Requests => [.. s_requests.Keys];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Hardly_HTTP_is_refused_and_closed(string name)
    {
        var (statuses, bytes) = s_requests[name];

        // Short limits are for what is closed by them; the others are refused for what they say, however slowly it is read.
        var limited = statuses.Contains(0) || statuses.Contains(408);
        await using var server = await RunningServer.StartAsync(limited ? RunningServer.Options with { Http = HostileServer.Short } : RunningServer.Options);

        var answer = await RawClient.ExchangeAsync(server, bytes);

        Assert.Contains(RawClient.StatusOf(answer), statuses);
        Assert.InRange(answer.Length, 0, 8 << 10);
        await HostileServer.IsWellAsync(server);
    }

    [Fact]
    public async Task Garbage_behind_a_good_request_is_refused_after_its_answer()
    {
        var answer = await RawClient.ExchangeAsync(hostile.Server, $"{Get}\r\n\u0001\u0002 garbage \u00ff\r\n\r\n");

        Assert.Equal(["200", "400"], answer.Split("HTTP/1.1 ").Skip(1).Select(part => part[..3]));
        await HostileServer.IsWellAsync(hostile.Server);
    }

    [Fact]
    public async Task A_request_hidden_behind_a_body_is_a_request_of_its_own()
    {
        var answer = await RawClient.ExchangeAsync(hostile.Server, $"POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}GET /v1/videos/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Equal(["400", "404"], answer.Split("HTTP/1.1 ").Skip(1).Select(part => part[..3]));
    }

    [Fact]
    public async Task A_length_beside_chunks_does_not_smuggle_a_request()
    {
        var answer = await RawClient.ExchangeAsync(hostile.Server, "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Equal(400, RawClient.StatusOf(answer));
        Assert.DoesNotContain("501", answer, StringComparison.Ordinal);
        await HostileServer.IsWellAsync(hostile.Server);
    }
}
