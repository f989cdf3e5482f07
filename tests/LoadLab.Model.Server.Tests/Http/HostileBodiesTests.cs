using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace LoadLab.Model.Server.Tests.Http;

/// <summary>Bodies that nobody should send. Each is answered 4xx, and the server goes on.</summary>
public sealed class HostileBodiesTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private static readonly string[] s_texts = ["prompt", "negative_prompt", "model", "size", "quality", "user", "service_tier", "output_format", "response_format"];
    private static readonly string[] s_numbers = ["num_frames", "seconds", "fps", "num_inference_steps", "guidance_scale", "guidance_scale_2", "seed", "deadline_ms"];

    /// <summary>Characters stand for bytes.</summary>
    private static readonly Dictionary<string, (int Status, string Field, string Body)> s_bodies = new()
    {
        ["huge size"] = (400, "size", """{"prompt":"a","size":"100000x100000"}"""),
        ["size past every number"] = (400, "size", $$"""{"prompt":"a","size":"{{new string('9', 60)}}x1"}"""),
        ["size of the largest sides"] = (400, "size", """{"prompt":"a","size":"65535x65535"}"""),
        ["negative size"] = (400, "size", """{"prompt":"a","size":"-64x-64"}"""),
        ["size in other digits"] = (400, "size", """{"prompt":"a","size":"\u0666\u0664x\u0666\u0664"}"""),
        ["size with a hidden end"] = (400, "size", """{"prompt":"a","size":"64x64\u0000"}"""),
        ["negative frames"] = (400, "num_frames", """{"prompt":"a","num_frames":-1}"""),
        ["most negative frames"] = (400, "num_frames", """{"prompt":"a","num_frames":-9223372036854775808}"""),
        ["frames past every number"] = (400, "num_frames", """{"prompt":"a","num_frames":99999999999999999999999999}"""),
        ["frames of the largest number"] = (400, "num_frames", """{"prompt":"a","num_frames":2147483647}"""),
        ["seconds and fps of the largest product"] = (400, "seconds", """{"prompt":"a","seconds":3600,"fps":120}"""),
        ["largest steps"] = (400, "num_inference_steps", """{"prompt":"a","num_inference_steps":2147483647}"""),
        ["smallest number"] = (400, "deadline_ms", """{"prompt":"a","deadline_ms":5e-324}"""),
        ["1e400"] = (400, "guidance_scale", """{"prompt":"a","guidance_scale":1e400}"""),
        ["NaN"] = (400, "", """{"prompt":"a","guidance_scale":NaN}"""),
        ["Infinity"] = (400, "", """{"prompt":"a","deadline_ms":Infinity}"""),
        ["number of a hundred thousand digits"] = (413, "", $$"""{"prompt":"a","seed":{{new string('7', 100_000)}}}"""),
        ["number of ten thousand digits"] = (400, "seed", $$"""{"prompt":"a","seed":{{new string('7', 10_000)}}}"""),
        ["prompt of a megabyte"] = (413, "", $$"""{"prompt":"{{new string('a', 1 << 20)}}"}"""),
        ["prompt past its characters"] = (400, "prompt", $$"""{"prompt":"{{new string('a', 9000)}}"}"""),
        ["blank prompt"] = (400, "prompt", """{"prompt":"\u00a0\u2003\n"}"""),
        ["tenant past its characters"] = (400, "user", $$"""{"prompt":"a","user":"{{new string('a', 129)}}"}"""),
        ["tenant with a new line"] = (400, "user", """{"prompt":"a","user":"a\nseq"}"""),
        ["tier with a hidden end"] = (400, "service_tier", """{"prompt":"a","service_tier":"vip\u0000"}"""),
        ["unknown model"] = (400, "model", """{"prompt":"a","model":"gpt"}"""),
        ["model as a path"] = (400, "model", """{"prompt":"a","model":"../../etc/passwd"}"""),
        ["no model"] = (400, "model", """{"prompt":"a","model":""}"""),
        ["unknown level"] = (400, "quality", """{"prompt":"a","quality":"best"}"""),
        ["value cut through a pair"] = (400, "size", $$"""{"prompt":"a","size":"{{new string('a', 79)}}\ud83d\ude00"}"""),
        ["unknown field"] = (400, "admin", """{"prompt":"a","admin":true}"""),
        ["unknown field of a long name"] = (400, new string('f', 80) + "...", $$"""{"prompt":"a","{{new string('f', 30_000)}}":1}"""),
        ["field in other letters"] = (400, "Seed", """{"prompt":"a","Seed":1}"""),
        ["prototype"] = (400, "__proto__", """{"prompt":"a","__proto__":{"user":"root"}}"""),
        ["duplicate keys"] = (400, "", """{"prompt":"a","user":"ann","user":"bob"}"""),
        ["duplicate keys, one escaped"] = (400, "", """{"prompt":"a","user":"ann","us\u0065r":"bob"}"""),
        ["deep nesting"] = (400, "", $$"""{"prompt":"a","x":{{new string('[', 20_000)}}{{new string(']', 20_000)}}}"""),
        ["deep nesting without end"] = (400, "", new string('[', 60_000)),
        ["a list"] = (400, "", "[{}]"),
        ["a word"] = (400, "", "null"),
        ["nothing"] = (400, "", ""),
        ["two documents"] = (400, "", """{"prompt":"a"}{"prompt":"b"}"""),
        ["a comment"] = (400, "", """{"prompt":"a"/**/}"""),
        ["a trailing comma"] = (400, "", """{"prompt":"a",}"""),
        ["invalid UTF-8"] = (400, "", "{\"prompt\":\"\u00ff\u00fe\"}"),
        ["overlong UTF-8"] = (400, "", "{\"prompt\":\"\u00c0\u00af\"}"),
        ["invalid UTF-8 in an unknown name"] = (400, "", "{\"prompt\":\"a\",\"\u00ff\":1}"),
        ["invalid UTF-8 in an unknown value"] = (400, "", "{\"prompt\":\"a\",\"x\":\"\u00ff\"}"),
        ["cut UTF-8"] = (400, "", "{\"prompt\":\"\u00e2\u0082\"}"),
        ["lone high surrogate"] = (400, "", """{"prompt":"\ud800"}"""),
        ["lone low surrogate"] = (400, "", """{"prompt":"a","user":"\udc00"}"""),
        ["lone surrogate in a name"] = (400, "", """{"prompt":"a","\ud800":1}"""),
        ["a byte order mark"] = (400, "", "\u00ef\u00bb\u00bf{\"prompt\":\"a\"}"),
        ["UTF-16"] = (400, "", "{\0\"\0p\0\"\0:\0\"\0a\0\"\0}\0"),
        ["zeros"] = (400, "", new string('\0', 60_000)),
    };

    public static TheoryData<string> Bodies => [.. s_bodies.Keys];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_hostile_body_is_refused_by_name(string name)
    {
        var (status, field, body) = s_bodies[name];

        foreach (var path in (string[])["/v1/videos", "/v1/videos/generations"])
        {
            using var response = await PostAsync(path, Encoding.Latin1.GetBytes(body), "application/json");

            var problem = HostileServer.Refused(await response.Content.ReadAsStringAsync());
            Assert.Equal(status, (int)response.StatusCode);
            if (status == 400)
            {
                Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateArray()).GetProperty("field").GetString());
            }
        }

        await HostileServer.IsWellAsync(hostile.Server);
    }

    [Theory]
    [InlineData(64 << 10, 202)]
    [InlineData((64 << 10) + 1, 413)]
    [InlineData(2 << 20, 413)]
    public async Task A_body_is_read_up_to_its_bound_and_its_client_sees_the_answer(int bytes, int status)
    {
        foreach (var chunked in (bool[])[false, true])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/videos") { Content = new StringContent("""{"prompt":"a"}""".PadRight(bytes), Encoding.UTF8, "application/json") };
            request.Headers.TransferEncodingChunked = chunked;

            using var response = await hostile.Server.Client.SendAsync(request);

            Assert.Equal(status, (int)response.StatusCode);
        }

        await HostileServer.IsWellAsync(hostile.Server);
    }

    public static TheoryData<string> Fields => [.. s_texts, .. s_numbers];

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task A_wrong_type_is_refused_in_every_field(string field)
    {
        string[] wrong = ["true", "[]", "{}", "[1]", """{"a":1}""", "1e400", "-1e400", "-1", .. s_numbers.Contains(field) ? (string[])["\"\"", "\"1\"", "\"x\""] : ["0.5"]];
        foreach (var value in wrong)
        {
            var prompt = field == "prompt" ? "" : "\"prompt\":\"a\",";
            using var response = await hostile.Server.PostAsync($$"""{{{prompt}}"{{field}}":{{value}}}""", "/v1/videos/generations");

            var problem = HostileServer.Refused(await response.Content.ReadAsStringAsync());
            Assert.Equal(400, (int)response.StatusCode);
            Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateArray()).GetProperty("field").GetString());
        }

        await HostileServer.IsWellAsync(hostile.Server);
    }

    [Fact]
    public async Task Thousands_of_unknown_fields_are_counted_and_the_first_are_told()
    {
        var fields = string.Concat(Enumerable.Range(0, 5000).Select(i => $",\"f{i}\":1"));

        using var response = await hostile.Server.PostAsync($$"""{"prompt":"a"{{fields}}}""");

        var problem = HostileServer.Refused(await response.Content.ReadAsStringAsync());
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("5000 problems in the request", problem.GetProperty("title").GetString());
        Assert.Equal(50, problem.GetProperty("errors").GetArrayLength());
        await HostileServer.IsWellAsync(hostile.Server);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/jsonx")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json, text/plain")]
    [InlineData("*/*")]
    [InlineData(";")]
    [InlineData("")]
    public async Task Another_content_type_is_415(string type)
    {
        using var response = await PostAsync("/v1/videos", """{"prompt":"a"}"""u8.ToArray(), type);

        HostileServer.Refused(await response.Content.ReadAsStringAsync());
        Assert.Equal(415, (int)response.StatusCode);
        await HostileServer.IsWellAsync(hostile.Server);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity, br")]
    public async Task A_packed_body_is_415(string encoding)
    {
        using var content = new ByteArrayContent("""{"prompt":"a"}"""u8.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        using var response = await hostile.Server.Client.PostAsync("/v1/videos", content);

        Assert.Equal(415, (int)response.StatusCode);
        await HostileServer.IsWellAsync(hostile.Server);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, byte[] body, string type)
    {
        using var content = new ByteArrayContent(body);
        if (type.Length > 0)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return await hostile.Server.Client.PostAsync(path, content);
    }
}
