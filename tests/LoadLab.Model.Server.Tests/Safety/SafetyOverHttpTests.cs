using System.Text.Json;
using LoadLab.Core;
using LoadLab.Model.Server.Jobs;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Tests.Safety;

public class SafetyOverHttpTests
{
    [Fact]
    public async Task A_prompt_with_a_listed_word_never_runs()
    {
        await using var server = await StartAsync(new SafetyOptions { Before = new() { Words = ["gore"], Limit = Duration.FromSeconds(120) } });
        await server.ReadyAsync();

        var refused = await server.EndOf(await server.SubmitAsync("""{"prompt":"a lot of GORE"}"""));
        var fine = await server.EndOf(await server.SubmitAsync("""{"prompt":"Gorecki conducts"}"""));

        Assert.Equal(("failed", "content", 0), (refused.GetProperty("status").GetString(), refused.GetProperty("error").GetProperty("code").GetString(), refused.GetProperty("attempts").GetInt32()));
        Assert.Equal("completed", fine.GetProperty("status").GetString());
        Assert.Single(server.Worker.Opened);
        var page = PrometheusReader.Read(await server.Client.GetStringAsync("/metrics")).Samples;
        Assert.Equal((2, 1), (page["""loadlab_safety_checks_total{phase="before"}"""], page["""loadlab_safety_refused_total{phase="before"}"""]));
        Assert.Equal(1, page["""loadlab_jobs_total{outcome="rejected",reason="content-before"}"""]);
    }

    [Fact]
    public async Task A_blank_clip_is_refused_and_its_gpu_time_is_a_cost()
    {
        // The scripted worker's clips are black all through.
        await using var server = await StartAsync(new SafetyOptions { After = new() { Limit = Duration.FromSeconds(120) } });
        await server.ReadyAsync();
        var id = await server.SubmitAsync();
        var job = await server.EndOf(id);

        Assert.Equal(("failed", "content", 1), (job.GetProperty("status").GetString(), job.GetProperty("error").GetProperty("code").GetString(), job.GetProperty("attempts").GetInt32()));
        using var content = await server.Client.GetAsync($"/v1/videos/{id}/content");
        Assert.False(content.IsSuccessStatusCode);
        var page = PrometheusReader.Read(await server.Client.GetStringAsync("/metrics")).Samples;
        Assert.True(page["""loadlab_safety_refused_gpu_seconds_total{phase="after"}"""] > 0);
        Assert.Equal(page["loadlab_gpu_seconds_total"], page["loadlab_wasted_gpu_seconds_total"]);
    }

    [Fact]
    public async Task A_job_that_fails_on_every_attempt_becomes_a_dead_letter()
    {
        using var folder = new TemporaryFolder();
        var worker = new ScriptedWorker { TextFault = new InvalidDataException("poison") };
        var options = RunningServer.Options with { RunFolder = folder.Path };
        await using (var server = await RunningServer.StartAsync(options, worker))
        {
            var job = await server.EndOf(await server.SubmitAsync("""{"prompt":"a cat","user":"acme"}"""));
            Assert.Equal(("failed", "error"), (job.GetProperty("status").GetString(), job.GetProperty("error").GetProperty("code").GetString()));
        }

        using var row = JsonDocument.Parse(Assert.Single(await File.ReadAllLinesAsync(folder.File(DeadLetters.FileName))));
        Assert.Equal(("acme", 1, "error"), (row.RootElement.GetProperty("tenant").GetString(), row.RootElement.GetProperty("attempts").GetInt32(), row.RootElement.GetProperty("reason").GetString()));
        Assert.Contains("poison", row.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static Task<RunningServer> StartAsync(SafetyOptions safety) =>
        RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { QueueLimit = 5, Safety = safety } });
}
