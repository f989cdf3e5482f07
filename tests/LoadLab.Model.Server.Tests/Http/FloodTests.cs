using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoadLab.Core.Runs;
using LoadLab.Model.Server.Http;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests.Http;

public sealed class FloodTests
{
    [Fact]
    public async Task A_connection_past_the_bound_is_closed_and_a_place_that_is_left_is_free_again()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Http = new HttpLimits { Connections = 8 } });
        var held = new List<RawClient>();
        for (var i = 0; i < 8; i++)
        {
            var client = await RawClient.ConnectAsync(server);
            await client.TrySendAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
            held.Add(client);
        }

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("", await RawClient.ExchangeAsync(server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }

        held.ForEach(client => client.Dispose());
        while (RawClient.StatusOf(await RawClient.ExchangeAsync(server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) != 200)
        {
            await Task.Delay(5);
        }

        await HostileServer.IsWellAsync(server);
    }

    [Fact]
    public async Task Requests_past_the_queue_are_429_with_a_time_to_come_back()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        await server.ReadyAsync();
        worker.StepGate.Reset();
        await server.StatusOf(await server.SubmitAsync(), "in_progress");

        var statuses = await Task.WhenAll(Enumerable.Range(0, 300).Select(async _ =>
        {
            using var response = await server.PostAsync("""{"prompt":"a cat"}""");
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Assert.True(response.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
                Assert.Equal("429", HostileServer.Refused(await response.Content.ReadAsStringAsync()).GetProperty("code").GetString());
            }

            return response.StatusCode;
        }));
        worker.StepGate.Set();

        Assert.Equal((2, 298), (statuses.Count(status => status == HttpStatusCode.Accepted), statuses.Count(status => status == HttpStatusCode.TooManyRequests)));
        await WellOnceTheQueueIsShort(server);
    }

    [Fact]
    public async Task A_job_that_is_deleted_by_many_at_once_is_cancelled_once()
    {
        using var folder = new TemporaryFolder();
        var worker = new ScriptedWorker();
        await using (var server = await RunningServer.StartAsync(RunningServer.Options with { RunFolder = folder.Path }, worker))
        {
            worker.StepGate.Reset();
            var id = await server.SubmitAsync();
            await server.StatusOf(id, "in_progress");

            var statuses = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
            {
                using var response = await server.Client.DeleteAsync($"/v1/videos/{id}");
                return (int)response.StatusCode;
            }));
            worker.StepGate.Set();
            var job = await server.EndOf(id);

            Assert.All(statuses, status => Assert.Contains(status, (int[])[200, 202]));
            Assert.Equal("cancelled", job.GetProperty("status").GetString());
            await HostileServer.IsWellAsync(server);
        }

        Assert.Single(await File.ReadAllLinesAsync(folder.File(RunFolder.DecisionsName)), line => line.Contains("\"Cancelled\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Long_polls_past_the_bound_are_429_and_short_ones_are_not()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Http = new HttpLimits { LongPolls = 40 } }, worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync();
        var refused = 0;
        var all = new TaskCompletionSource();

        var polls = Enumerable.Range(0, 300).Select(async _ =>
        {
            using var response = await server.Client.GetAsync($"/v1/videos/{id}?wait=60s");
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter!.Delta);
                if (Interlocked.Increment(ref refused) == 260)
                {
                    all.SetResult();
                }

                return "";
            }

            return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString();
        }).ToList();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(120));
        using var quick = await server.Client.GetAsync($"/v1/videos/{id}");
        worker.StepGate.Set();

        Assert.Equal(HttpStatusCode.OK, quick.StatusCode);
        Assert.Equal((40, 260), ((await Task.WhenAll(polls)).Count(status => status == "completed"), refused));
        await HostileServer.IsWellAsync(server);
    }

    [Fact]
    public async Task Long_polls_whose_clients_leave_give_their_places_back()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Http = new HttpLimits { LongPolls = 1 } }, worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync();

        for (var i = 0; i < 20; i++)
        {
            using var client = await RawClient.ConnectAsync(server);
            await client.TrySendAsync($"GET /v1/videos/{id}?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }

        while ((await server.Client.GetAsync($"/v1/videos/{id}?wait=1ms")).StatusCode != HttpStatusCode.OK)
        {
            await Task.Delay(5);
        }

        worker.StepGate.Set();
        await HostileServer.IsWellAsync(server);
    }

    private static async Task WellOnceTheQueueIsShort(RunningServer server)
    {
        while (true)
        {
            using var response = await server.PostAsync("""{"prompt":"a cat"}""");
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
                Assert.Equal("completed", (await server.EndOf(id)).GetProperty("status").GetString());
                return;
            }

            await Task.Delay(5);
        }
    }
}
