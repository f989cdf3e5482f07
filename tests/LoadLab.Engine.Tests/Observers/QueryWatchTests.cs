using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Observers;

namespace LoadLab.Engine.Tests.Observers;

/// <summary>One query against a scripted server: what becomes a sample, what is counted, and that nothing throws.</summary>
public sealed class QueryWatchTests
{
    private readonly List<Sample> _written = [];
    private readonly MonotonicClock _clock = MonotonicClock.StartNow();

    private IReadOnlyList<Sample> Values => [.. _written.Where(sample => !sample.Metric.StartsWith("observe.", StringComparison.Ordinal))];

    [Fact]
    public async Task Vector_becomes_samples_with_their_labels_unit_and_scale()
    {
        await using var stub = PrometheusStub.Start((_, _) => PrometheusStub.Json(PrometheusStub.Vector(
            ("\"__name__\":\"DCGM_FI_DEV_FB_USED\",\"job\":\"dcgm\",\"pod\":\"wan-0\",\"gpu\":\"0\",\"UUID\":\"GPU-1\"", "2"),
            ("\"__name__\":\"DCGM_FI_DEV_FB_USED\",\"job\":\"dcgm\",\"pod\":\"wan-0\",\"gpu\":\"1\",\"UUID\":\"GPU-2\"", "0.5"))));
        var watch = Watch(stub, Query("gpu.mem", "bytes") with { Scale = 1048576, Range = (0, 1e15) });
        var before = _clock.Now;
        watch.Round(_clock, default);
        Assert.Equal(["gpu.mem/pod=wan-0,gpu=0", "gpu.mem/pod=wan-0,gpu=1"], Values.Select(sample => sample.Metric));
        Assert.Equal([2097152.0, 524288], Values.Select(sample => sample.Value));
        Assert.All(Values, sample => Assert.Equal(("remote", "bytes"), (sample.Source, sample.Unit)));
        Assert.All(Values, sample => Assert.InRange(sample.At.Seconds, before.Seconds - 1, _clock.Now.Seconds));
    }

    [Fact]
    public async Task Scalar_is_one_series_without_labels()
    {
        await using var stub = PrometheusStub.Start((_, _) => PrometheusStub.Json(PrometheusStub.Scalar("7")));
        Watch(stub, Query("queue", "jobs")).Round(_clock, default);
        Assert.Equal(("queue", 7.0), (Assert.Single(Values).Metric, Values[0].Value));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("+Inf")]
    [InlineData("-Inf")]
    [InlineData("much")]
    [InlineData("-1")]
    [InlineData("111")]
    public async Task Value_that_cannot_be_is_counted_and_left_out(string value)
    {
        await using var stub = PrometheusStub.Start((_, _) => PrometheusStub.Json(PrometheusStub.Vector(("\"gpu\":\"0\"", value), ("\"gpu\":\"1\"", "50"))));
        var watch = Watch(stub, Query("gpu.util", "%") with { Range = (0, 110) });
        watch.Round(_clock, default);
        Assert.Equal("gpu.util/gpu=1", Assert.Single(Values).Metric);
        Assert.Equal(1, Account(watch, "refused"));
        Assert.Equal(0, Account(watch, "missed"));
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "", "bad-answer" },
        { "not json", "bad-answer" },
        { "null", "bad-answer" },
        { "[]", "bad-answer" },
        { "{}", "bad-answer" },
        { """{"status":"error","errorType":"bad_data","error":"x"}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"string","result":[1,"x"]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"matrix","result":[]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":{}}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[7]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"1"]}]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"\ud800"},"value":[1,"1"]}]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"\ud800":"a"},"value":[1,"1"]}]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":["1","1"]}]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}}""", "bad-answer" },
        { """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[-5,"1"]}]}}""", "bad-answer" },
        { new string('[', 100_000), "bad-answer" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Answer_of_wrong_form_is_a_missed_round(string body, string reason)
    {
        await using var stub = PrometheusStub.Start((_, _) => PrometheusStub.Json(body));
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        Assert.Empty(Values);
        Assert.Equal(1, Account(watch, "missed"));
        Assert.Contains($"1 missed (1 {reason})", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_and_changed_answer_is_samples_or_a_missed_round()
    {
        var whole = Encoding.UTF8.GetBytes(PrometheusStub.Vector(("\"pod\":\"a\",\"gpu\":\"0\"", "50"), ("\"pod\":\"b\"", "1e2")));
        var draw = new Seed(20260705).Stream("answers");
        for (var trial = 0; trial < 3000; trial++)
        {
            var body = whole.AsSpan(0, trial < whole.Length ? trial : whole.Length).ToArray();
            for (var change = draw.NextInt(4); trial >= whole.Length && change >= 0; change--)
            {
                body[draw.NextInt(body.Length)] = (byte)draw.NextInt(256);
            }

            try
            {
                Assert.All(PrometheusAnswer.Parse(body, range: false).Series, series => Assert.All(series.Points, point => Assert.True(double.IsFinite(point.Value) && point.UnixSeconds >= 0)));
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or Targets.Http.BadAnswerException)
            {
                // What a round counts as a bad answer.
            }
        }
    }

    [Fact]
    public async Task Error_status_is_a_missed_round_that_says_what_the_server_said()
    {
        await using var stub = PrometheusStub.Start((_, _) => PrometheusStub.Json("""{"status":"error","errorType":"bad_data","error":"1:4: parse error:\nunexpected <eof>"}""", 400));
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        watch.Round(_clock, default);
        Assert.Contains("2 missed (2 http-400 bad_data: 1:4: parse error: unexpected <eof>)", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_is_not_followed()
    {
        await using var stub = PrometheusStub.Start((_, _) => Encoding.ASCII.GetBytes("HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        Assert.Contains("1 http-302", watch.Line(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ten_megabytes_are_not_read(bool announced)
    {
        var body = $"HTTP/1.1 200 X\r\n{(announced ? $"Content-Length: {10 << 20}" : "Connection: close")}\r\n\r\n" + new string(' ', 10 << 20);
        await using var stub = PrometheusStub.Start((_, _) => Encoding.ASCII.GetBytes(body));
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        Assert.Contains("1 oversized-answer", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_does_not_answer_is_waited_for_no_longer_than_the_limit()
    {
        await using var stub = new StubServer(async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return null;
        });
        var watch = Watch(stub, Query("queue", "jobs") with { Every = Duration.FromSeconds(1) });
        watch.Round(_clock, default);
        Assert.Contains("1 missed (1 timeout)", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public void Server_that_is_not_there_is_a_missed_round()
    {
        var client = new PrometheusClient(new Uri("http://127.0.0.1:1/"), null);
        var watch = new QueryWatch(Query("queue", "jobs"), client, new ServerClock(), _written.AddRange);
        watch.Round(_clock, default);
        Assert.Contains("1 missed (1 connection-refused)", watch.Line(), StringComparison.Ordinal);
        Assert.Contains("clock unknown", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_closed_without_an_answer_is_a_missed_round_and_the_next_one_works()
    {
        var first = true;
        await using var stub = PrometheusStub.Start((_, _) => Interlocked.Exchange(ref first, false) ? "HTTP/1.1 200 X\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{"u8.ToArray() : PrometheusStub.Json(PrometheusStub.Vector(("", "3"))));
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        watch.Round(_clock, default);
        Assert.Equal(3, Assert.Single(Values).Value);
        Assert.Equal((2, 1), (Account(watch, "rounds"), Account(watch, "missed")));
    }

    [Fact]
    public async Task Series_past_the_bound_are_left_out_and_told()
    {
        await using var stub = PrometheusStub.Start((_, _) => PrometheusStub.Json(PrometheusStub.Vector([.. Enumerable.Range(0, 300).Select(i => ($"\"pod\":\"p{i}\"", "1"))])));
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        Assert.Equal(256, Values.Count);
        Assert.Contains("44 series left out", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_that_matches_nothing_says_so()
    {
        await using var stub = PrometheusStub.Start((_, _) => null);
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        Assert.Contains("0 samples of 0 series, the query matched nothing, 1 rounds", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sample_of_another_time_than_the_runs_is_refused()
    {
        var body = """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[12345,"1"]}]}}""";
        await using var stub = PrometheusStub.Start((_, _) => PrometheusStub.Json(body));
        var watch = Watch(stub, Query("queue", "jobs"), learn: true);
        watch.Round(_clock, default);
        Assert.Empty(Values);
        Assert.Equal(1, Account(watch, "refused"));
    }

    [Fact]
    public async Task What_rounds_missed_is_filled_from_the_servers_store()
    {
        var (at, unix) = Times();
        var began = unix - at.Seconds;
        await using var stub = PrometheusStub.Start((path, form) => path.EndsWith("query_range", StringComparison.Ordinal)
            ? PrometheusStub.Json(PrometheusStub.Matrix(form, time => Math.Floor(time - began + 0.5)))
            : PrometheusStub.Json("", 503));
        var watch = Watch(stub, Query("queue", "jobs") with { Every = Duration.FromSeconds(1) }, learn: true);
        var end = _clock.Now + Duration.FromSeconds(10);
        watch.Round(_clock, default);

        // Ten seconds after the begin, as the run's clock has them.
        watch.Fill(end, default);
        var filled = Filled(end);
        Assert.InRange(Values.Count, filled, filled + 1);
        Assert.All(Values, sample => Assert.InRange(sample.Value - sample.At.Seconds, -1.0, 1.0));
        Assert.Equal(Values.Count, Account(watch, "filled"));
        Assert.Equal(1, Account(watch, "missed"));
    }

    [Fact]
    public async Task Rounds_that_came_leave_nothing_to_fill()
    {
        await using var stub = PrometheusStub.Start((path, _) => path.EndsWith("query_range", StringComparison.Ordinal) ? throw new InvalidOperationException("asked") : null);
        var watch = Watch(stub, Query("queue", "jobs"), learn: true);
        watch.Round(_clock, default);
        watch.Fill(_clock.Now, default);
        Assert.Equal(0, Account(watch, "filled"));
        Assert.DoesNotContain(stub.Seen, request => request.Path.Contains("query_range", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Long_gap_is_asked_for_in_parts_that_Prometheus_answers()
    {
        await using var stub = PrometheusStub.Start((path, form) => path.EndsWith("query_range", StringComparison.Ordinal) ? PrometheusStub.Json(PrometheusStub.Matrix(form, _ => 1)) : null);
        var watch = Watch(stub, Query("queue", "jobs") with { Every = Duration.FromSeconds(1) }, learn: true);
        var end = _clock.Now + Duration.FromSeconds(25_000);
        watch.Fill(end, default);
        var asked = stub.Seen.Where(request => request.Path.Contains("query_range", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, asked.Count);
        Assert.InRange(Values.Count, Filled(end) - 1, Filled(end) + 1);
        Assert.Equal(Values.Count, Values.Select(sample => sample.At).Distinct().Count());
    }

    [Fact]
    public async Task Age_of_the_values_is_measured_where_it_can_be()
    {
        await using var stub = PrometheusStub.Start((_, form) => PrometheusStub.Json(PrometheusStub.Vector(("", form["query"].StartsWith("max(time() - timestamp(", StringComparison.Ordinal) ? "4.25" : "1"))));
        var watch = Watch(stub, Query("queue", "jobs"));
        watch.Round(_clock, default);
        watch.MeasureStaleness(default);
        Assert.Matches(@"&time=\d+\.\d{3}$", stub.Seen[^1].Body);
        Assert.Equal(4.25, Account(watch, "staleness"));
        Assert.Contains("values up to 4.25 s old", watch.Line(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Path_of_the_server_is_kept_and_the_query_is_a_form()
    {
        await using var stub = PrometheusStub.Start((_, _) => null);
        using var client = new PrometheusClient(new Uri(stub.Url, "prom/api/v1/"), null);
        client.Instant("a + b{c=\"d\"}", Duration.FromSeconds(120), default);
        var seen = Assert.Single(stub.Seen);
        Assert.Equal(("POST", "/prom/api/v1/query", "query=a%20%2B%20b%7Bc%3D%22d%22%7D"), (seen.Method, seen.Path, seen.Body));
    }

    [Fact]
    public async Task Token_is_sent_as_a_bearer()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var asked = Task.Run(async () =>
        {
            using var connection = await listener.AcceptTcpClientAsync();
            using var reader = new StreamReader(connection.GetStream());
            var headers = new List<string>();
            while (await reader.ReadLineAsync() is { Length: > 0 } line)
            {
                headers.Add(line);
            }

            return headers;
        });
        using var client = new PrometheusClient(new Uri($"http://127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}/"), "the-token");
        Assert.Throws<ObserverException>(() => client.Instant("up", Duration.FromSeconds(120), default));
        Assert.Contains("Authorization: Bearer the-token", await asked);
    }

    [Fact]
    public async Task Body_that_does_not_end_is_waited_for_no_longer_than_the_limit()
    {
        await using var stub = PrometheusStub.Start((_, _) => "HTTP/1.1 200 X\r\nContent-Length: 500\r\n\r\n{\"status\":"u8.ToArray());
        var watch = Watch(stub, Query("queue", "jobs") with { Every = Duration.FromSeconds(1) });
        watch.Round(_clock, default);
        Assert.Contains("1 missed (1 timeout)", watch.Line(), StringComparison.Ordinal);
    }

    /// <summary>A round waits for its answer as long as rounds are apart, and a loaded machine takes its time: only what is to be missed, or counted, is asked every second.</summary>
    private static Observation Query(string metric, string unit) =>
        new() { Server = new Uri("http://127.0.0.1/"), Query = "q", Metric = metric, Unit = unit, Every = Duration.FromSeconds(5), Range = (0, 1e12) };

    private QueryWatch Watch(StubServer stub, Observation query, bool learn = false)
    {
        var clock = new ServerClock();
        if (learn)
        {
            var (now, unix) = Times();
            clock.Observe(now, now, unix);
        }

        var watch = new QueryWatch(query, new PrometheusClient(stub.Url, null), clock, _written.AddRange);
        watch.Begin(_clock.Now);
        return watch;
    }

    /// <summary>The run's time and the time of day, read within 20 ms of each other.</summary>
    private (Instant At, double Unix) Times()
    {
        while (true)
        {
            var (at, unix) = (_clock.Now, PrometheusStub.Seconds(DateTimeOffset.UtcNow));
            if (_clock.Now - at < Duration.FromMilliseconds(20))
            {
                return (at, unix);
            }
        }
    }

    /// <summary>Values a second apart, from a second after the begin to half a second before the end.</summary>
    private int Filled(Instant end) =>
        1 + (int)Math.Floor((end - _written.Single(sample => sample.Metric.StartsWith("observe.interval/", StringComparison.Ordinal)).At).Seconds - 1.5);

    private double Account(QueryWatch watch, string what) => watch.Summary(_clock.Now).Single(sample => sample.Metric.StartsWith($"observe.{what}/", StringComparison.Ordinal)).Value;
}
