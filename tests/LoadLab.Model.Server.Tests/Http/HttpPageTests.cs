using LoadLab.Core.Input;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Http;

namespace LoadLab.Model.Server.Tests.Http;

/// <summary>docs/http.md says what the server does.</summary>
public sealed class HttpPageTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private static readonly string s_page = File.ReadAllText(Checkout.At("docs", "http.md"));

    [Fact]
    public void The_bounds_are_those_of_the_server()
    {
        var limits = new HttpLimits();
        string[] told =
        [
            $"| {limits.BodyBytes >> 10} KiB, within {limits.BodyWithin.TotalSeconds} s, at {limits.BodyBytesPerSecond / 1024} KiB/s at least after {limits.RateGrace.TotalSeconds} s |",
            $"| {limits.HeaderBytes >> 10} KiB, within {limits.HeadersWithin.TotalSeconds} s; {limits.RequestLineBytes >> 10} KiB |",
            $"| connections | {limits.Connections} |",
            $"| requests held by `wait` | {limits.LongPolls} |",
            $"| {limits.AnswerBytesPerSecond / 1024} KiB/s at least after {limits.RateGrace.TotalSeconds} s",
            $"| a connection that says nothing | {limits.IdleFor.TotalSeconds} s |",
            $"{KeyFile.MaxKeys:N0}",
            $"{ApiKeys.MinLength} characters at least",
        ];

        Assert.All(told, line => Assert.Contains(line, s_page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("429")]
    [InlineData("quota-daily")]
    [InlineData("quota-concurrent")]
    [InlineData("overload")]
    [InlineData("breaker-open")]
    [InlineData("expired")]
    [InlineData("content-before")]
    [InlineData("content-after")]
    [InlineData("unknown-model")]
    public void Every_refusal_stands_in_the_table(string reason)
    {
        var refusal = Refusal.Of(reason)!;

        Assert.Contains($"| `{refusal.Code}` | {refusal.Status} |", s_page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_fields_are_those_that_the_server_knows()
    {
        using var response = await hostile.Server.PostAsync("""{"prompt":"a","x":1}""");

        var fix = HostileServer.Refused(await response.Content.ReadAsStringAsync()).GetProperty("errors")[0].GetProperty("fix").GetString()!;
        var paragraph = s_page.Split('\n').Single(line => line.StartsWith("Fields of a request:", StringComparison.Ordinal));
        Assert.Equal(
            fix["known here: ".Length..].Split(", "),
            paragraph.Split('`').Where((_, index) => index % 2 == 1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_level_is_named() => Assert.All(QualityLevel.All, level => Assert.Contains($"`{level.Name}`", s_page, StringComparison.Ordinal));

    [Fact]
    public void The_example_of_a_key_file_is_read()
    {
        using var folder = new TemporaryFolder();
        var from = s_page.IndexOf("```yaml\n", StringComparison.Ordinal) + 8;
        File.WriteAllText(folder.File("keys.yaml"), s_page[from..s_page.IndexOf("```", from, StringComparison.Ordinal)]);

        // Its variable is not set here; nothing else is wrong with it.
        var refused = Assert.Throws<InputException>(() => ApiKeys.ReadFile(folder.File("keys.yaml")));
        Assert.Equal("env:ACME_KEY", Assert.Single(refused.Problems).Value);
    }
}
