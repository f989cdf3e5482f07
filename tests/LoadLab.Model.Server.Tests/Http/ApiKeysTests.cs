using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoadLab.Core.Input;
using LoadLab.Model.Server.Http;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Tests.Http;

public sealed class ApiKeysTests
{
    private const string Acme = "acme-0123456789abcdef";
    private const string Bolt = "bolt-0123456789abcdef";
    private const string Plain = "tier-0123456789abcdef";
    private const string Operator = "root-0123456789abcdef";

    [Fact]
    public async Task A_request_gets_the_tenant_and_the_first_tier_of_its_key()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await StartAsync(folder.Path))
        {
            await CompletedAsync(server, Acme, """{"prompt":"a"}""");
            await CompletedAsync(server, Acme, """{"prompt":"a","user":"acme","service_tier":"free"}""");
            await CompletedAsync(server, Plain, """{"prompt":"a"}""");
            await CompletedAsync(server, Operator, """{"prompt":"a","user":"anyone","service_tier":"vip"}""");
        }

        var arrived = (await File.ReadAllLinesAsync(folder.File("decisions.jsonl"))).Where(line => line.Contains("\"Arrived\"", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line).RootElement);
        Assert.Equal(["acme vip", "acme free", "tiny ", "anyone vip"], arrived.Select(line => $"{line.GetProperty("tenant").GetString()} {line.GetProperty("tier").GetString()}"));
    }

    [Theory]
    [InlineData(Acme, """{"prompt":"a","user":"bolt"}""", "user")]
    [InlineData(Acme, """{"prompt":"a","user":"ACME"}""", "user")]
    [InlineData(Acme, """{"prompt":"a","service_tier":"gold"}""", "service_tier")]
    [InlineData(Bolt, """{"prompt":"a","service_tier":"vip"}""", "service_tier")]
    [InlineData(Plain, """{"prompt":"a","service_tier":"free"}""", "service_tier")]
    [InlineData(Bolt, """{"prompt":"a","user":"acme","service_tier":"vip"}""", "user service_tier")]
    public async Task A_tenant_or_tier_that_is_not_the_keys_is_403(string key, string json, string fields)
    {
        await using var server = await StartAsync();

        foreach (var path in (string[])["/v1/videos", "/v1/videos/generations"])
        {
            using var response = await SendAsync(server, HttpMethod.Post, path, key, json);
            var problem = HostileServer.Refused(await response.Content.ReadAsStringAsync());
            Assert.Equal((HttpStatusCode.Forbidden, "key"), (response.StatusCode, problem.GetProperty("code").GetString()));
            Assert.Equal(fields, string.Join(' ', problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString())));
        }

        Assert.Empty(server.Worker.Opened);
    }

    [Fact]
    public async Task A_job_is_there_for_its_tenant_and_the_operator_alone()
    {
        await using var server = await StartAsync();
        var id = await CompletedAsync(server, Acme, """{"prompt":"a"}""");

        foreach (var (key, sees) in ((string, bool)[])[(Acme, true), (Bolt, false), (Plain, false), (Operator, true)])
        {
            foreach (var path in (string[])[$"/v1/videos/{id}", $"/v1/videos/{id}?wait=1s", $"/v1/videos/{id}/content"])
            {
                using var response = await SendAsync(server, HttpMethod.Get, path, key);
                Assert.Equal(sees ? HttpStatusCode.OK : HttpStatusCode.NotFound, response.StatusCode);
            }
        }

        using var deleted = await SendAsync(server, HttpMethod.Delete, $"/v1/videos/{id}", Bolt);
        using var kept = await SendAsync(server, HttpMethod.Get, $"/v1/videos/{id}/content", Acme);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (deleted.StatusCode, kept.StatusCode));
    }

    [Fact]
    public async Task A_job_of_another_tenant_cannot_be_told_from_one_that_never_was()
    {
        await using var server = await StartAsync();
        var id = await CompletedAsync(server, Acme, """{"prompt":"a"}""");

        using var others = await SendAsync(server, HttpMethod.Get, $"/v1/videos/{id}", Bolt);
        using var nobodys = await SendAsync(server, HttpMethod.Get, $"/v1/videos/{id}7", Bolt);

        Assert.Equal(await nobodys.Content.ReadAsStringAsync(), await others.Content.ReadAsStringAsync());
        Assert.Equal(nobodys.StatusCode, others.StatusCode);
    }

    [Fact]
    public async Task A_running_job_of_another_tenant_cannot_be_cancelled()
    {
        var worker = new ScriptedWorker();
        await using var server = await StartAsync(worker: worker);
        worker.StepGate.Reset();
        using var accepted = await SendAsync(server, HttpMethod.Post, "/v1/videos", Acme, """{"prompt":"a"}""");
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;

        using var deleted = await SendAsync(server, HttpMethod.Delete, $"/v1/videos/{id}", Bolt);
        worker.StepGate.Set();
        using var ended = await SendAsync(server, HttpMethod.Get, $"/v1/videos/{id}?wait=60s", Acme);

        Assert.Equal(HttpStatusCode.NotFound, deleted.StatusCode);
        Assert.Equal("completed", (await ended.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/v1/videos/video-0-0")]
    [InlineData("/nothing")]
    [InlineData("/healthz/../metrics")]
    [InlineData("/readyz/%2e%2e/metrics")]
    [InlineData("//metrics")]
    [InlineData("/METRICS")]
    [InlineData("/metrics/")]
    public async Task Without_a_key_that_is_known_nothing_but_health_is_told(string path)
    {
        await using var server = await StartAsync();

        foreach (var header in (string[])["", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n", $"Authorization: Basic {Acme}\r\n", $"Authorization: {Acme}\r\n", $"Authorization: Bearer {Acme}x\r\n", $"Authorization: Bearer {Acme[..^1]}\r\n", $"Authorization: Bearer {Acme}\r\nAuthorization: Bearer {Bolt}\r\n", $"Authorization: Bearer {new string('a', 8000)}\r\n"])
        {
            var answer = await RawClient.ExchangeAsync(server, $"GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}Connection: close\r\n\r\n");
            Assert.Equal(401, RawClient.StatusOf(answer));
            Assert.Contains("WWW-Authenticate: Bearer", answer, StringComparison.Ordinal);
        }

        foreach (var open in (string[])["/healthz", "/readyz"])
        {
            using var response = await server.Client.GetAsync(open);
            Assert.NotEqual(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_tenants_key_reads_metrics()
    {
        await using var server = await StartAsync();

        using var response = await SendAsync(server, HttpMethod.Get, "/metrics", Bolt);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public void Every_one_of_ten_thousand_keys_is_found_and_no_other()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("keys.yaml");
        File.WriteAllText(path, $"keys:\n{string.Concat(Enumerable.Range(0, 10_000).Select(i => $"  - {{ key: \"sha256:{Hex($"key-of-tenant-{i}")}\", tenant: tenant-{i}, tiers: [vip, free] }}\n"))}");

        var keys = ApiKeys.ReadFile(path);

        Assert.Equal(10_000, keys.Count);
        Assert.All((int[])[0, 1, 4999, 9998, 9999], i => Assert.Equal($"tenant-{i}", keys.Find(Request($"key-of-tenant-{i}"))!.Tenant));
        Assert.Null(keys.Find(Request("key-of-tenant-10000")));
        Assert.Null(keys.With(Operator).Find(Request(Operator))!.Tenant);
    }

    [Fact]
    public void A_key_stands_in_the_file_as_a_variable_or_a_digest()
    {
        using var folder = new TemporaryFolder();
        var variable = $"LOADLAB_TEST_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(variable, Acme);
        var path = folder.File("keys.yaml");
        File.WriteAllText(path, $"keys:\n- {{ key: env:{variable}, tenant: acme, tiers: vip }}\n- key: sha256:{Hex(Bolt).ToUpperInvariant()}\n  tenant: bolt\n");

        var keys = ApiKeys.ReadFile(path);

        Assert.Equal("acme vip", Told(keys.Find(Request(Acme))!));
        Assert.Equal("bolt ", Told(keys.Find(Request(Bolt))!));
    }

    [Fact]
    public void Every_problem_of_a_file_is_told_and_no_key_is_repeated()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("keys.yaml");
        File.WriteAllText(path, $$"""
            keys:
              - { key: {{Acme}}, tenant: acme, tiers: [vip] }
              - { key: env:LOADLAB_TEST_NOT_SET, tenant: bolt }
              - { key: sha256:abc, tenant: cone }
              - { key: "sha256:{{Hex(Bolt)}}", tenant: dart }
              - { key: "sha256:{{Hex(Bolt)}}", tenant: echo }
              - { tenant: foxy, key: "sha256:{{Hex(Plain)}}", tier: [vip] }
              - { key: "sha256:{{Hex(Operator)}}", tenant: "go\nlf", tiers: [""] }
              - { key: "sha256:{{new string('0', 64)}}" }
              - nothing
            """);

        var refused = Assert.Throws<InputException>(() => ApiKeys.ReadFile(path));

        Assert.Equal(
            [
                "2 keys[0].key is a key in plain text", "3 keys[1].key is not set, or holds fewer than 16 characters", "4 keys[2].key is not a SHA-256 digest", "6 keys[4].key is the key of line 5 again",
                "7 keys[5].tier is not a known field", "8 keys[6].tenant is not a name", "8 keys[6].tiers[0] is not a name", "9 keys[7].tenant is missing", "10 keys[8] is not a mapping",
            ],
            refused.Problems.Select(problem => $"{problem.Line} {problem.Field} {problem.Message}"));
        Assert.DoesNotContain(Acme, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Hex(Bolt), refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("sha256sum", refused.Problems[0].Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys: []", "keys", "is not 1 to 10000 keys")]
    [InlineData("other: 1", "other", "is not a known field")]
    [InlineData("[]", "", "is not a mapping")]
    public void A_file_without_keys_is_refused(string text, string field, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("keys.yaml"), text);

        var refused = Assert.Throws<InputException>(() => ApiKeys.ReadFile(folder.File("keys.yaml")));

        Assert.Contains(refused.Problems, problem => problem.Field == field && problem.Message == message);
    }

    [Fact]
    public async Task Keys_let_the_server_bind_beyond_loopback_and_the_refusal_names_both_ways()
    {
        var open = RunningServer.Options with { Bind = IPAddress.Any };

        var refused = await Assert.ThrowsAsync<InputException>(() => ModelServer.RunAsync(open, CancellationToken.None));
        await using var server = await RunningServer.StartAsync(open with { Keys = ApiKeys.Of(Acme) });
        using var response = await server.Client.GetAsync("/metrics");

        Assert.Contains("--keys", Assert.Single(refused.Problems).Fix, StringComparison.Ordinal);
        Assert.Contains("--key-env", refused.Problems[0].Fix, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static async Task<RunningServer> StartAsync(string? runFolder = null, ScriptedWorker? worker = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("keys.yaml"), $"""
            keys:
              - key: sha256:{Hex(Acme)}
                tenant: acme
                tiers: [vip, free]
              - key: sha256:{Hex(Bolt)}
                tenant: bolt
                tiers: [free]
              - key: sha256:{Hex(Plain)}
                tenant: tiny
            """);
        return await RunningServer.StartAsync(RunningServer.Options with { Keys = ApiKeys.ReadFile(folder.File("keys.yaml")), Key = Operator, RunFolder = runFolder }, worker);
    }

    /// <summary>Posts a job with a key, waits for its end and gives its id.</summary>
    private static async Task<string> CompletedAsync(RunningServer server, string key, string json)
    {
        using var accepted = await SendAsync(server, HttpMethod.Post, "/v1/videos", key, json);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        using var ended = await SendAsync(server, HttpMethod.Get, $"/v1/videos/{id}?wait=60s", key);
        Assert.Equal("completed", (await ended.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString());
        return id;
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningServer server, HttpMethod method, string path, string key, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        return await server.Client.SendAsync(request);
    }

    private static HttpRequest Request(string key)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = $"Bearer {key}";
        return http.Request;
    }

    private static string Told(ApiKey key) => $"{key.Tenant} {string.Join(' ', key.Tiers)}";

    private static string Hex(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
