namespace LoadLab.Model.Server.Tests.Http;

/// <summary>Clients that take their time. With limits of a second or two, each connection is closed; RawClient gives up after twenty.</summary>
public sealed class SlowClientsTests
{
    private const string Post = "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    /// <summary>What a slow client says at first, and then again and again; null = nothing more.</summary>
    private static readonly Dictionary<string, (string First, string? Again)> s_ways = new()
    {
        ["nothing at all"] = ("", null),
        ["half a request line"] = ("GET /heal", null),
        ["headers, a byte at a time"] = ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ", "a"),
        ["a body that never comes"] = ($"{Post}Content-Length: 1000\r\n\r\n", null),
        ["a body, a byte at a time"] = ($"{Post}Content-Length: 60000\r\n\r\n{{\"prompt\":\"", "a"),
        ["chunks without end"] = ($"{Post}Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        ["a chunk that never comes"] = ($"{Post}Transfer-Encoding: chunked\r\n\r\n400\r\n", null),
        ["the size of a chunk without end"] = ($"{Post}Transfer-Encoding: chunked\r\n\r\n1", ";a=b"),
        ["trailers without end"] = ($"{Post}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n", "X: 1\r\n"),
        ["silence after an answer"] = ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", null),
    };

    [Fact]
    public async Task Slow_clients_of_every_kind_are_closed()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Http = HostileServer.Short });

        var answers = await Task.WhenAll(s_ways.Select(async way => (way.Key, Status: await DawdleAsync(server, way.Value.First, way.Value.Again))));

        Assert.All(answers, answer => Assert.Contains(answer.Status, (int[])(answer.Key == "silence after an answer" ? [200] : [0, 400, 408])));
        await HostileServer.IsWellAsync(server);
    }

    [Fact]
    public async Task A_body_at_just_the_least_rate_is_closed_all_the_same()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Http = HostileServer.Short });
        using var client = await RawClient.ConnectAsync(server);
        await client.TrySendAsync($"{Post}Content-Length: 60000\r\n\r\n");

        var sending = client.SendUntilClosedAsync(new string(' ', 200), 50);
        var answer = await client.ReadToEndAsync();
        await sending;

        Assert.Equal(408, RawClient.StatusOf(answer));
        await HostileServer.IsWellAsync(server);
    }

    [Fact]
    public async Task A_client_that_asks_and_never_reads_is_closed()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Http = HostileServer.Short });
        using var client = await RawClient.ConnectAsync(server, receiveBuffer: 4096);

        await client.SendUntilClosedAsync(string.Concat(Enumerable.Repeat("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 100)), 0);

        await HostileServer.IsWellAsync(server);
    }

    private static async Task<int> DawdleAsync(RunningServer server, string first, string? again)
    {
        using var client = await RawClient.ConnectAsync(server);
        await client.TrySendAsync(first);
        var sending = again is null ? Task.CompletedTask : client.SendUntilClosedAsync(again, 50);
        var answer = await client.ReadToEndAsync();
        await sending;
        return RawClient.StatusOf(answer);
    }
}
