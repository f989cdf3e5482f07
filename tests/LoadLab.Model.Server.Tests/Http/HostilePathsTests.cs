using System.Net;

namespace LoadLab.Model.Server.Tests.Http;

/// <summary>Ids, queries and hosts that reach for what is not theirs, sent as written: no library tidies them.</summary>
public sealed class HostilePathsTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    /// <summary>ID stands for the id of a job that is there, NUMBER for its number and BOOT for what comes before it.</summary>
    [Theory]
    [InlineData("/v1/videos/../../etc/passwd")]
    [InlineData("/v1/videos/..%2f..%2fetc%2fpasswd")]
    [InlineData("/v1/videos/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/v1/videos/%2e%2e%2fcontent")]
    [InlineData("/v1/videos/..%5c..%5cwindows")]
    [InlineData("/v1/videos/%252e%252e%252f")]
    [InlineData("/v1/videos/%00")]
    [InlineData("/v1/videos/ID%00")]
    [InlineData("/v1/videos/ID%00/content")]
    [InlineData("/v1/videos/ID%0a")]
    [InlineData("/v1/videos/ID%20")]
    [InlineData("/v1/videos/%20ID")]
    [InlineData("/v1/videos/ID.y4m")]
    [InlineData("/v1/videos/ID%2fcontent")]
    [InlineData("/v1/videos/ID/content/../../../x")]
    [InlineData("/v1/videos/BOOT0NUMBER")]
    [InlineData("/v1/videos/BOOT%2bNUMBER")]
    [InlineData("/v1/videos/BOOT-1")]
    [InlineData("/v1/videos/BOOT-0")]
    [InlineData("/v1/videos/BOOT1e0")]
    [InlineData("/v1/videos/BOOT99999999999999999999999999")]
    [InlineData("/v1/videos/BOOT%d9%a0")]
    [InlineData("/v1/videos/BOOT%ef%bc%90")]
    [InlineData("/v1/videos/BOOT%ff")]
    [InlineData("/v1/videos/BOOT%c0%b0")]
    [InlineData("/v1/videos/BOOT%u0030")]
    [InlineData("/v1/videos/BOOT%")]
    [InlineData("/v1/videos/BOOT%3")]
    [InlineData("/v1/videos/BOOT")]
    [InlineData("/v1/videos//content")]
    [InlineData("/v1/videos/ID?wait=61s")]
    [InlineData("/v1/videos/ID?wait=-1s")]
    [InlineData("/v1/videos/ID?wait=1e400s")]
    [InlineData("/v1/videos/ID?wait=NaNs")]
    [InlineData("/v1/videos/ID?wait=1%00s")]
    [InlineData("/v1/videos/ID?wait=1s&wait=2s")]
    [InlineData("/v1/videos/ID/content?format=../../x")]
    [InlineData("/v1/videos/ID/content?format=exe")]
    [InlineData("/v2/videos/ID")]
    [InlineData("*")]
    [InlineData("v1/videos/ID")]
    [InlineData("http://other.example/v1/videos/ID")]
    [InlineData("/\\v1/videos/ID")]
    public async Task A_path_trick_finds_nothing(string path)
    {
        var server = hostile.Server;
        var id = await server.SubmitAsync();
        await server.EndOf(id);
        var number = id.LastIndexOf('-') + 1;
        var target = path.Replace("ID", id, StringComparison.Ordinal).Replace("NUMBER", id[number..], StringComparison.Ordinal).Replace("BOOT", id[..number], StringComparison.Ordinal);

        foreach (var method in (string[])["GET", "DELETE"])
        {
            if (method == "GET" || !path.Contains('?', StringComparison.Ordinal))
            {
                var answer = await RawClient.ExchangeAsync(server, $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                Assert.InRange(RawClient.StatusOf(answer), 400, 499);
                Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
            }
        }

        await HostileServer.IsWellAsync(server);
    }

    [Theory]
    [InlineData(3000, 404)]
    [InlineData(5000, 414)]
    [InlineData(500_000, 414)]
    public async Task A_very_long_id_is_refused(int length, int status)
    {
        var answer = await RawClient.ExchangeAsync(hostile.Server, $"GET /v1/videos/{new string('9', length)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Equal(status, RawClient.StatusOf(answer));
        Assert.InRange(answer.Length, 1, 8 << 10);
        await HostileServer.IsWellAsync(hostile.Server);
    }

    [Theory]
    [InlineData("Host: other.example", 421)]
    [InlineData("Host: localhost.other.example", 421)]
    [InlineData("Host: 127.0.0.1.other.example", 421)]
    [InlineData("Host: 0.0.0.0", 421)]
    [InlineData("Host: 10.0.0.1", 421)]
    [InlineData("Host:", 421)]
    [InlineData("Host: localhost@other.example", 400)]
    [InlineData("Host: localhost/x", 400)]
    [InlineData("Host: local\u0001host", 400)]
    [InlineData("Host: localhost\r\nHost: other.example", 400)]
    [InlineData("X-Host: localhost", 400)]
    public async Task A_bad_host_is_refused(string host, int status)
    {
        var answer = await RawClient.ExchangeAsync(hostile.Server, $"GET /metrics HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n");

        Assert.Equal(status, RawClient.StatusOf(answer));
        Assert.DoesNotContain("loadlab_", answer, StringComparison.Ordinal);
        await HostileServer.IsWellAsync(hostile.Server);
    }

    [Theory]
    [InlineData("PUT", "/v1/videos", HttpStatusCode.MethodNotAllowed)]
    [InlineData("TRACE", "/healthz", HttpStatusCode.MethodNotAllowed)]
    [InlineData("OPTIONS", "/v1/videos", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/v1/videos", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/metrics", HttpStatusCode.MethodNotAllowed)]
    [InlineData("BREW", "/v1/videos/x/content", HttpStatusCode.MethodNotAllowed)]
    public async Task A_method_that_is_not_for_the_path_is_405(string method, string path, HttpStatusCode status)
    {
        var answer = await RawClient.ExchangeAsync(hostile.Server, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.Equal((int)status, RawClient.StatusOf(answer));
        await HostileServer.IsWellAsync(hostile.Server);
    }
}
