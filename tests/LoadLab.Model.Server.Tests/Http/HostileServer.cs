using System.Text.Json;
using LoadLab.Model.Server.Http;

namespace LoadLab.Model.Server.Tests.Http;

/// <summary>One running server for a class of attacks; each test asks it afterwards for something good.</summary>
public sealed class HostileServer : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    /// <summary>Limits that are reached within two seconds.</summary>
    internal static HttpLimits Short => new()
    {
        HeadersWithin = TimeSpan.FromSeconds(1),
        BodyWithin = TimeSpan.FromSeconds(2),
        RateGrace = TimeSpan.FromSeconds(1.1),
        AnswerBytesPerSecond = 64 << 20,
        IdleFor = TimeSpan.FromSeconds(1),
    };

    public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>The server goes on making clips.</summary>
    internal static async Task IsWellAsync(RunningServer server) =>
        Assert.Equal("completed", (await server.EndOf(await server.SubmitAsync())).GetProperty("status").GetString());

    /// <summary>A refusal that a program can read, of a length in proportion, without the program's insides.</summary>
    internal static JsonElement Refused(string body)
    {
        Assert.InRange(body.Length, 2, 32 << 10);
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
        Assert.DoesNotContain("LoadLab.", body, StringComparison.Ordinal);
        return JsonDocument.Parse(body).RootElement;
    }
}
