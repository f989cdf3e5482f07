using System.Net;
using LoadLab.Core;
using LoadLab.Model.Server.Http;
using LoadLab.Serving;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;
using LoadLab.Serving.Safety;

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
        Assert.Null(Refusal.Of("shutdown"));
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

    [Fact]
    public async Task A_prompt_that_is_refused_is_422_in_the_blocking_form_and_the_jobs_error_in_the_other()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { Safety = new SafetyOptions { Before = new SafetyCheck { Words = ["forbidden"] } } } });

        using var blocking = await server.PostAsync("""{"prompt":"a forbidden cat"}""", "/v1/videos/generations");
        var job = await server.EndOf(await server.SubmitAsync("""{"prompt":"a forbidden cat"}"""));

        var problem = HostileServer.Refused(await blocking.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "content"), (blocking.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Equal(("failed", "content"), (job.GetProperty("status").GetString(), job.GetProperty("error").GetProperty("code").GetString()));
        Assert.Contains("change the prompt", job.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Worker.Opened);
        await HostileServer.IsWellAsync(server);
    }

    [Fact]
    public async Task A_clip_that_is_refused_is_never_handed_out()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { Safety = new SafetyOptions { After = new SafetyCheck { RefusedShare = 1 } } } });
        var id = await server.SubmitAsync();

        var job = await server.EndOf(id);
        using var content = await server.Client.GetAsync($"/v1/videos/{id}/content");
        using var blocking = await server.PostAsync("""{"prompt":"a cat","response_format":"b64_json"}""", "/v1/videos/generations");

        Assert.Equal(("failed", "content", 1), (job.GetProperty("status").GetString(), job.GetProperty("error").GetProperty("code").GetString(), job.GetProperty("attempts").GetInt32()));
        Assert.Equal((HttpStatusCode.Conflict, "content"), (content.StatusCode, HostileServer.Refused(await content.Content.ReadAsStringAsync()).GetProperty("code").GetString()));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "content"), (blocking.StatusCode, HostileServer.Refused(await blocking.Content.ReadAsStringAsync()).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_job_that_waited_past_its_tiers_limit_is_expired_and_never_ran()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { Tiers = [new TierOptions { Name = "vip" }, new TierOptions { Name = "free", MaxWait = Duration.FromMilliseconds(50) }] } }, worker);
        await server.ReadyAsync();
        worker.StepGate.Reset();
        await server.StatusOf(await server.SubmitAsync("""{"prompt":"a","service_tier":"vip"}"""), "in_progress");

        var job = await server.EndOf(await server.SubmitAsync("""{"prompt":"a","service_tier":"free"}"""));
        using var blocking = await server.PostAsync("""{"prompt":"a","service_tier":"free"}""", "/v1/videos/generations");

        Assert.Equal(("failed", "expired", 0), (job.GetProperty("status").GetString(), job.GetProperty("error").GetProperty("code").GetString(), job.GetProperty("attempts").GetInt32()));
        Assert.Equal((HttpStatusCode.TooManyRequests, "expired"), (blocking.StatusCode, HostileServer.Refused(await blocking.Content.ReadAsStringAsync()).GetProperty("code").GetString()));
        Assert.Single(worker.Opened);
    }

    [Fact]
    public async Task A_model_whose_breaker_is_open_refuses_as_overload_with_the_time_until_it_may_be_tried()
    {
        var worker = new ScriptedWorker { TextFault = new InvalidDataException("bad weights") };
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { Recovery = new RecoveryOptions { BreakerFailures = 1, BreakerOpen = Duration.FromSeconds(90) } } }, worker);
        Assert.Equal("failed", (await server.EndOf(await server.SubmitAsync())).GetProperty("status").GetString());

        using var refused = await server.PostAsync("""{"prompt":"a"}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "overload"), (refused.StatusCode, HostileServer.Refused(await refused.Content.ReadAsStringAsync()).GetProperty("code").GetString()));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(90));
    }
}
