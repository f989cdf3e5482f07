using System.Net;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Http;
using LoadLab.Serving;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Priority;

namespace LoadLab.Model.Server.Tests.Http;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("429", "429", 429)]
    [InlineData("quota-daily", "quota", 429)]
    [InlineData("quota-concurrent", "quota", 429)]
    [InlineData("overload", "overload", 429)]
    [InlineData("breaker-open", "overload", 429)]
    [InlineData("expired", "expired", 429)]
    [InlineData("content-before", "content", 422)]
    [InlineData("content-after", "content", 422)]
    [InlineData("unknown-model", "unknown-model", 422)]
    [InlineData("shutdown", "shutdown", 503)]
    public void A_reason_of_the_core_becomes_a_code_a_status_and_advice(string reason, string code, int status)
    {
        var refusal = Refusal.Of(reason)!;

        Assert.Equal((code, status, code), (refusal.Code, refusal.Status, Refusal.CodeOf(reason)));
        Assert.NotEqual("", refusal.Advice);
        Assert.Equal($"{refusal.Title}: {refusal.Advice}", Refusal.MessageOf(reason, ""));
        Assert.Equal($"after 30 s; {refusal.Advice}", Refusal.MessageOf(reason, "after 30 s"));
    }

    [Fact]
    public void A_fault_is_no_refusal()
    {
        Assert.Null(Refusal.Of("out-of-memory"));
        Assert.Equal(("out-of-memory", "995 of 1000"), (Refusal.CodeOf("out-of-memory"), Refusal.MessageOf("out-of-memory", "995 of 1000")));
    }

    [Theory]
    [InlineData("/v1/videos")]
    [InlineData("/v1/videos/generations")]
    public async Task A_days_quota_that_is_used_up_is_429_with_the_time_to_the_next_day(string path)
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { Admission = new AdmissionOptions { Daily = 1 } } });
        await server.EndOf(await server.SubmitAsync("""{"prompt":"a","user":"ann"}"""));

        using var second = await server.PostAsync("""{"prompt":"a","user":"ann"}""", path);
        using var other = await server.PostAsync("""{"prompt":"a","user":"bob"}""", path);

        var problem = HostileServer.Refused(await second.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.TooManyRequests, "quota"), (second.StatusCode, problem.GetProperty("code").GetString()));
        Assert.InRange(second.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Assert.True(other.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_tenant_with_too_many_open_jobs_is_told_what_to_do()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { Tiers = [new TierOptions { Name = "free", Concurrent = 1 }] } }, worker);
        worker.StepGate.Reset();
        await server.SubmitAsync("""{"prompt":"a","user":"ann","service_tier":"free"}""");

        using var second = await server.PostAsync("""{"prompt":"a","user":"ann","service_tier":"free"}""");

        var problem = HostileServer.Refused(await second.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.TooManyRequests, "quota"), (second.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Contains("cancel one with DELETE", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
