using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Engine.Targets;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Tests;

/// <summary>Every shipped protocol file, and every way to get one wrong.</summary>
public sealed class ProtocolFilesTests
{
    private const string Least = """
        submit: { request: POST v1/jobs, json: { prompt: "{{prompt}}" } }
        job: { id: id }
        poll: { request: "GET v1/jobs/{{id}}" }
        status: { at: state, in_progress: running, completed: done, failed: broken }

        """;

    public static TheoryData<string> Files => [.. Directory.GetFiles(Checkout.At("Scenarios", "protocols"), "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_shipped_files_travel_in_the_assembly()
    {
        Assert.Equal(Files.Select(row => row.Data), TargetProtocol.ShippedNames);
        Assert.Superset(
            new HashSet<string> { "openai-videos", "mlcommons-generations", "vllm-omni", "sglang", "fal-queue", "kserve-v2", "comfyui", "plain", "videos", "generations" },
            TargetProtocol.ShippedNames.ToHashSet());
    }

    [Fact]
    public void The_schema_of_scenarios_knows_the_shipped_names()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Checkout.At("Scenarios", "schema", "scenario.schema.json")));
        var protocol = schema.RootElement.GetProperty("properties").GetProperty("target").GetProperty("properties").GetProperty("protocol");
        Assert.Equal(TargetProtocol.ShippedNames, protocol.GetProperty("oneOf")[0].GetProperty("enum").EnumerateArray().Select(name => name.GetString()));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_shipped_file_names_its_source_its_submit_and_its_terminal_states(string name)
    {
        var path = Checkout.At("Scenarios", "protocols", name + ".yaml");
        var protocol = TargetProtocol.Read(path);
        Assert.Equal(name, protocol.Name);
        Assert.NotNull(protocol.Submit);
        Assert.Matches("https://|docs/http.md|MLCommons|RFC 9110", string.Join('\n', File.ReadLines(path).TakeWhile(line => line.StartsWith('#'))));
        if (protocol.IsPolled)
        {
            Assert.NotEmpty(protocol.Status!.WordsOf(JobState.Completed));
            Assert.NotEmpty(protocol.Status.WordsOf(JobState.Failed));
            Assert.NotEmpty(protocol.Cancel);
        }
    }

    [Theory]
    [InlineData("submit: { request: FETCH v1/jobs }", "submit.request", "is not a request")]
    [InlineData("submit: { request: POST ../admin }", "submit.request", "is not a path below the service's address")]
    [InlineData("submit: { request: \"POST https://elsewhere/v1\" }", "submit.request", "is not a path below the service's address")]
    [InlineData("submit: { request: \"POST v1/{{tier}}\" }", "submit.request", "has a placeholder that may be left open")]
    [InlineData("submit: { request: \"POST v1?api_key=secret\" }", "submit.request", "looks like a key, and a key does not stand in a file")]
    [InlineData("submit: { request: POST v1, headers: { Authorization: Bearer secret } }", "submit.headers.Authorization", "looks like a key, and a key does not stand in a file")]
    [InlineData("submit: { request: POST v1, headers: { X-Custom: Bearer secret } }", "submit.headers.X-Custom", "looks like a key, and a key does not stand in a file")]
    [InlineData("submit: { request: POST v1, headers: { Content-Length: 3 } }", "submit.headers.Content-Length", "is not a header that can be set")]
    [InlineData("submit: { request: POST v1, json: { api_key: secret } }", "submit.json.api_key", "looks like a key, and a key does not stand in a file")]
    [InlineData("submit: { request: POST v1, json: { p: \"{{promt}}\" } }", "submit.json.p", "is not known to a placeholder")]
    [InlineData("submit: { request: POST v1, json: { p: \"{{id}}\" } }", "submit.json.p", "is not known to a placeholder")]
    [InlineData("submit: { request: POST v1, json: { p: \"{{prompt\" } }", "submit.json.p", "opens a placeholder and does not close it")]
    [InlineData("submit: { request: POST v1, json: { p: \"{{steps|many}}\" } }", "submit.json.p", "has a default that is not a number")]
    [InlineData("submit: { request: POST v1, json: { p: \"{{steps:hex}}\" } }", "submit.json.p", "has a form that is not known")]
    [InlineData("submit: { request: POST v1, json: { a: 1 }, multipart: { a: 1 } }", "submit.multipart", "stands beside json")]
    [InlineData("submit: { request: POST v1, accept: [ok] }", "submit.accept[0]", "is not a status of HTTP")]
    [InlineData("submit: { request: POST v1, retry: { on: [503], for: 3d } }", "submit.retry.for", "is not a duration up to an hour")]
    [InlineData("submit: { request: POST v1, retries: 3 }", "submit.retries", "is not a known field")]
    [InlineData("poll: { request: GET v1, lostAfter: 1h }", "poll.lostAfter", "is not a duration up to 10m")]
    [InlineData("poll: { request: GET v1, wait: \"a b\" }", "poll.wait", "is not a query")]
    [InlineData("poll: { wait: wait=30s }", "poll.request", "is missing")]
    [InlineData("job: { statusUrl: \"a..b\" }", "job.statusUrl", "is not a path into an answer")]
    [InlineData("job: { cancelUrl: c }", "job.id", "is missing")]
    [InlineData("status: { at: s, completed: done }", "status.failed", "is missing")]
    [InlineData("status: { at: s, completed: done, failed: done }", "status.failed", "stands for two states")]
    [InlineData("status: { completed: done, failed: broken }", "status.at", "is missing")]
    [InlineData("status: { at: s, completed: done, failed: broken, absent: gone }", "status.absent", "is not known")]
    [InlineData("errors: { rejected: { Too Many: [x] } }", "errors.rejected.Too Many", "is not a reason")]
    [InlineData("errors: { scalingFromZero: { on: [503] } }", "errors.scalingFromZero.retryAfter", "is missing")]
    [InlineData("clocks: { unit: days, completed: c }", "clocks.unit", "is not known")]
    [InlineData("clocks: { completed: { at: c, resolution: 2h } }", "clocks.completed.resolution", "is not a duration up to an hour")]
    [InlineData("vars: { Prompt: x }", "vars.Prompt", "is not a name for a variable")]
    [InlineData("vars: { prompt: x }", "vars.prompt", "is not a name for a variable")]
    [InlineData("vars: { fps: fast }", "fps", "is not a number of frames per second")]
    [InlineData("vars: { api_key: secret }", "vars.api_key", "looks like a key, and a key does not stand in a file")]
    [InlineData("vars: { graph: { file: nowhere.json } }", "vars.graph", "cannot be read")]
    [InlineData("auth: { scheme: Digest }", "auth.scheme", "is not known")]
    [InlineData("auth: { header: \"a b\" }", "auth.header", "is not the name of a header")]
    [InlineData("pol: {}", "pol", "is not a known field")]
    public void A_mistake_is_one_problem_with_its_line_and_field(string wrong, string field, string message)
    {
        // The wrong section takes the place of the right one.
        var section = wrong[..wrong.IndexOf(':', StringComparison.Ordinal)];
        var yaml = string.Join('\n', Least.Split('\n').Where(line => !line.StartsWith(section + ":", StringComparison.Ordinal))) + wrong;
        var problem = Assert.Single(Problems(yaml));
        Assert.Equal((field, message), (problem.Field, problem.Message));
        Assert.True(problem.Line > 0 && problem.Fix.Length > 0);
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_is_told_at_once()
    {
        var problems = Problems("submit: { request: FETCH, json: { p: \"{{x}}\" } }\npoll: {}\nstatus: { at: s }\nextra: 1");
        Assert.Equal(["submit.request", "submit.json.p", "job", "poll.request", "status.completed", "status.failed", "extra"], problems.Select(problem => problem.Field).OrderBy(field => Array.IndexOf(
            ["submit.request", "submit.json.p", "job", "poll.request", "status.completed", "status.failed", "extra"], field)));
    }

    [Fact]
    public void A_damaged_file_is_refused_or_read_and_never_a_fault()
    {
        var random = new Seed(7).Stream("damage");
        var files = Files.Select(row => File.ReadAllText(Checkout.At("Scenarios", "protocols", row.Data + ".yaml"))).ToList();
        for (var i = 0; i < 400; i++)
        {
            var text = files[i % files.Count].ToCharArray();
            for (var hits = 0; hits < 3; hits++)
            {
                text[(int)(random.NextDouble() * text.Length)] = "{}[]:\"'|-#&*!%\n \t0a\u00fc"[(int)(random.NextDouble() * 19)];
            }

            _ = Problems(new string(text, 0, i % 3 == 0 ? (int)(random.NextDouble() * text.Length) : text.Length));
        }
    }

    [Fact]
    public void A_scenario_names_a_shipped_protocol_or_a_file_beside_it()
    {
        using var folder = new TemporaryFolder();
        folder.Write("mine.yaml", Least);
        var (shipped, none) = Bind(folder.At("scenario.yaml"), "protocol: sglang");
        Assert.Empty(none);
        Assert.Equal("sglang", shipped.Protocol.Name);
        var (own, still) = Bind(folder.At("scenario.yaml"), "protocol: mine.yaml");
        Assert.Empty(still);
        Assert.Equal(("mine", true), (own.Protocol.Name, own.Protocol.IsPolled));
        Assert.Equal(("target.protocol", "cannot be read"), One(Bind(folder.At("scenario.yaml"), "protocol: other.yaml").Problems));
    }

    [Fact]
    public void A_mistake_in_a_protocol_file_is_told_with_that_file_and_line()
    {
        using var folder = new TemporaryFolder();
        folder.Write("mine.yaml", Least + "pol: 1");
        var problem = Assert.Single(Bind(folder.At("scenario.yaml"), "protocol: mine.yaml").Problems);
        Assert.Equal((folder.At("mine.yaml"), 5, "pol"), (problem.File, problem.Line, problem.Field));
    }

    [Fact]
    public void Variables_take_the_scenario_s_values_and_no_others()
    {
        using var folder = new TemporaryFolder();
        folder.Write("graph.json", """{"1":{"inputs":{"text":"{{prompt}}","seed":"{{seed}}","steps":"{{steps|20}}","self":"{{workflow|none}}"}}}""");
        folder.Write("broken.json", "{");
        var (target, problems) = Bind(folder.At("scenario.yaml"), "protocol: comfyui, vars: { workflow: graph.json, fps: 8 }");
        Assert.Empty(problems);
        Assert.Equal(8, target.Protocol.Fps);
        Assert.Equal("""{"prompt":{"1":{"inputs":{"text":"a \u0022fox\u0022","seed":7,"steps":20,"self":"none"}}}}""", Body(target.Protocol, TestPlay.Even(1, 1).Calls[0] with { Steps = 0, CallSeed = 7 }, "a \"fox\""));
        Assert.Equal(("target.vars.graph", "is not a variable of this protocol"), One(Bind(folder.At("scenario.yaml"), "protocol: comfyui, vars: { graph: graph.json }").Problems));
        Assert.Equal(("target.vars.workflow", "is not JSON"), One(Bind(folder.At("scenario.yaml"), "protocol: comfyui, vars: { workflow: broken.json }").Problems));
        Assert.Equal(("target.vars.fps", "is not a number of frames per second"), One(Bind(folder.At("scenario.yaml"), "protocol: comfyui, vars: { fps: 0 }").Problems));
        Assert.Equal("target.vars.speed", Assert.Single(Bind(folder.At("scenario.yaml"), "vars: { speed: 2 }").Problems).Field);
    }

    [Fact]
    public void A_file_of_a_variable_is_bounded_in_size_and_depth()
    {
        using var folder = new TemporaryFolder();
        folder.Write("deep.json", new string('[', 100) + new string(']', 100));
        folder.Write("long.json", "\"" + new string('a', 1 << 20) + "\"");
        Assert.Equal(("target.vars.workflow", "is not JSON"), One(Bind(folder.At("s.yaml"), "protocol: comfyui, vars: { workflow: deep.json }").Problems));
        Assert.Equal("target.vars.workflow", Assert.Single(Bind(folder.At("s.yaml"), "protocol: comfyui, vars: { workflow: long.json }").Problems).Field);
    }

    [Theory]
    [InlineData("kserve-v2")]
    [InlineData("fal-queue")]
    public void A_model_in_the_address_must_be_named(string protocol) =>
        Assert.Equal(("target.model", "is missing"), One(Bind("scenario.yaml", $"protocol: {protocol}").Problems));

    [Fact]
    public void A_key_is_named_with_its_header_and_word()
    {
        var (target, problems) = Bind("scenario.yaml", "auth: { env: MY_KEY, header: X-Api-Key, scheme: none }");
        Assert.Empty(problems);
        Assert.Equal(("MY_KEY", "X-Api-Key", ""), (target.KeyVariable, target.KeyHeader, target.KeyScheme));
        Assert.Equal(("target.auth.env", "does not name an environment variable"), One(Bind("scenario.yaml", "auth: { env: sk-secret }").Problems));
        Assert.Equal(("target.auth.env", "is missing"), One(Bind("scenario.yaml", "auth: { scheme: Key }").Problems));
        var refused = Assert.Single(Bind("scenario.yaml", "protocol: plain", "http://127.0.0.1/?key=secret").Problems);
        Assert.Equal("target.url", refused.Field);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_the_documentation_is_a_protocol()
    {
        var page = File.ReadAllText(Checkout.At("docs", "protocols.md"));
        var start = page.IndexOf("```yaml\n# acme.yaml", StringComparison.Ordinal) + "```yaml\n".Length;
        Assert.Empty(Problems(page[start..page.IndexOf("\n```", start, StringComparison.Ordinal)]));
        Assert.All(TargetProtocol.ShippedNames, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    internal static string Body(TargetProtocol protocol, Core.Runs.ScheduledCall call, string prompt, string model = "m")
    {
        var request = protocol.Submit.Build(new Uri("http://127.0.0.1/"), new CallValues(call, prompt, model, protocol.Fps));
        return request.Content!.ReadAsStringAsync().GetAwaiter().GetResult();
    }

    private static (string, string) One(IReadOnlyList<Problem> problems) => Assert.Single(problems) is var problem ? (problem.Field, problem.Message) : default;

    private static IReadOnlyList<Problem> Problems(string yaml)
    {
        using var folder = new TemporaryFolder();
        folder.Write("protocol.yaml", yaml);
        try
        {
            TargetProtocol.Read(folder.At("protocol.yaml"));
            return [];
        }
        catch (InputException e)
        {
            return e.Problems;
        }
    }

    private static (TargetOptions Target, IReadOnlyList<Problem> Problems) Bind(string file, string fields, string url = "http://127.0.0.1")
    {
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText($"target: {{ kind: http, url: \"{url}\", {fields} }}", file, problems)!, "", problems)!;
        return (TargetOptions.Bind(root), problems.All);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("loadlab-protocols-").FullName;

        public string At(string name) => Path.Combine(_path, name);

        public void Write(string name, string text) => File.WriteAllText(At(name), text);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
