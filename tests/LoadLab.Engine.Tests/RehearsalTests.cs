using LoadLab.Core;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

public sealed class RehearsalTests
{
    [Theory]
    [InlineData("videos")]
    [InlineData("generations")]
    [InlineData("plain")]
    public async Task The_rehearsal_service_lets_every_protocol_complete(string protocol)
    {
        await using var service = new RehearsalService();
        var options = new TargetOptions { Kind = TargetKind.Http, Protocol = TargetProtocol.Shipped(protocol), Timeout = Duration.FromSeconds(120) };
        var (summary, _) = await TestPlay.HttpAsync(service.Url, TestPlay.Even(50, 1000), options);
        Assert.Equal(50, summary.Count(Outcome.Completed));
    }

    [Fact]
    public async Task A_rehearsal_asks_nothing_of_the_target_and_leaves_no_file()
    {
        await using var server = new StubServer(_ => null);
        await Rehearsal.RunAsync(new TargetOptions { Kind = TargetKind.Http, Url = server.Url, KeyVariable = "LOADLAB_TEST_KEY_THAT_IS_NOT_SET" });
        Assert.Empty(server.Seen);
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), $"loadlab-rehearsal-{Environment.ProcessId}-*"));
    }

    [Fact]
    public async Task Greeting_sends_no_planned_call()
    {
        await using var server = new StubServer(_ => StubServer.Answer(404, ""));
        await using var videos = HttpTarget.Create(new TargetOptions { Kind = TargetKind.Http }, server.Url, ClockMap.Shared());
        await using var plain = HttpTarget.Create(new TargetOptions { Kind = TargetKind.Http, Protocol = TargetProtocol.Plain }, new Uri(server.Url, "/a"), ClockMap.Shared());
        Assert.Null(await videos.GreetAsync(2, CancellationToken.None));
        Assert.Null(await plain.GreetAsync(1, CancellationToken.None));
        Assert.Equal(2, server.Seen.Count(request => request.Is("GET", "/healthz")));
        Assert.Equal(1, server.Seen.Count(request => request.Is("HEAD", "/a")));
    }

    [Fact]
    public async Task Greeting_nobody_says_why()
    {
        using var closed = new ClosedPort();
        await using var target = HttpTarget.Create(new TargetOptions { Kind = TargetKind.Http }, closed.Url, ClockMap.Shared());
        Assert.Equal("connection-refused", await target.GreetAsync(2, CancellationToken.None));
    }
}
