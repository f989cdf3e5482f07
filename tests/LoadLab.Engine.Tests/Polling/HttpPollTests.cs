using System.Net;
using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Engine.Targets.Http;

namespace LoadLab.Engine.Tests.Polling;

/// <summary>The product's own calls on fake time: only the sockets are left out.</summary>
public sealed class HttpPollTests(ITestOutputHelper output)
{
    [Fact]
    public void Five_hundred_jobs_in_flight_for_two_hours_end_in_the_interval_that_their_row_tells()
    {
        var world = new World(20);
        world.Start(500, answer => answer);
        world.RunUntil(2);

        var rows = world.Rows.Where(row => row.Outcome == Outcome.Completed).ToList();
        var known = rows.Where(row => row.Sent > Instant.FromSeconds(3600)).Select(row => row.PollError!.Value.Seconds / row.Latency!.Value.Seconds).Order().ToList();
        output.WriteLine($"{rows.Count} rows, {world.Polls} polls, peak {world.Figures.Peak / 10.0}/s; width p50 {Percentile.OfSorted(known, 0.5):P2} p95 {Percentile.OfSorted(known, 0.95):P2} of {known.Count} calls sent in the second hour");
        Assert.All(world.Rows, row => Assert.Equal(Outcome.Completed, row.Outcome));
        Assert.All(rows, row => Assert.InRange(world.EndOf(row.Call).Seconds, (row.Completed!.Value - row.PollError!.Value).Seconds, row.Completed.Value.Seconds));
        Assert.InRange(world.Figures.Peak, 1, 200);
        Assert.InRange(Percentile.OfSorted(known, 0.5), 0, 0.0205);
        Assert.InRange(Percentile.OfSorted(known, 0.95), 0, 0.084);
    }

    [Fact]
    public void Service_that_refuses_every_poll_is_not_stormed()
    {
        var world = new World(20);
        world.Start(500, _ => HttpStatusCode.ServiceUnavailable);
        world.RunUntil(0.1);
        Assert.InRange(world.Figures.Peak, 1, 200);
        Assert.All(world.Rows, row => Assert.Equal(Outcome.Failed, row.Outcome));
    }

    /// <summary>A client that holds its number of jobs, and the service.</summary>
    private sealed class World(double pollsPerSecond) : HttpMessageHandler, IRunClock
    {
        private readonly FakeTime _time = new();
        private readonly RandomStream _random = new Seed(6).Stream("durations");
        private readonly List<Instant> _ends = [];
        private readonly RunStop _stop = new();
        private Func<HttpStatusCode, HttpStatusCode> _answer = null!;
        private HttpSession _session = null!;

        public List<CallRecord> Rows { get; } = [];

        public PollFigures Figures { get; } = new();

        public long Polls => Figures.Polls;

        public Instant Now => _time.Now;

        public Instant EndOf(int call) => _ends[call];

        public void Start(int jobs, Func<HttpStatusCode, HttpStatusCode> answer)
        {
            _answer = answer;
            var options = new TargetOptions { Kind = TargetKind.Http, Protocol = TargetProtocol.Shipped("fal-queue"), Model = "clip", Polling = new() { MaxRatePerSecond = pollsPerSecond } };
            _session = new HttpSession(options, new Uri("http://127.0.0.1/"), null, ClockMap.Learned(), _time, this);
            for (var i = 0; i < jobs; i++)
            {
                _ = SendAsync();
            }
        }

        public void RunUntil(double hours)
        {
            _time.RunUntil(Instant.FromSeconds(hours * 3600));
            Assert.Null(_fault);
        }

        private Exception? _fault;

        /// <summary>One call, and then the next in its place.</summary>
        private async Task SendAsync()
        {
            try
            {
                var call = new ScheduledCall { Index = _ends.Count, Intended = Now, Width = 160, Height = 96, Frames = 9, Steps = 8 };
                _ends.Add(Now + Duration.FromSeconds(600 * Math.Exp(0.3 * _random.NextNormal())));
                var row = await new ProtocolCall(_session, call, "a fox", this).SendAsync(_stop);
                Rows.Add(row);
                if (row.Outcome == Outcome.Completed)
                {
                    _ = SendAsync();
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _fault = e;
            }
        }

        /// <summary>Answers at once: every await of a call goes on where it was.</summary>
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            if (request.Method == HttpMethod.Post)
            {
                var id = _ends.Count - 1;
                return Answer(HttpStatusCode.OK, $$"""{"request_id":"{{id}}","status":"IN_QUEUE","status_url":"http://127.0.0.1/clip/requests/{{id}}/status","cancel_url":"http://127.0.0.1/clip/requests/{{id}}/cancel","response_url":"http://127.0.0.1/clip/requests/{{id}}"}""");
            }

            Figures.Asked(Now, Now);
            var job = int.Parse(path.Split('/')[^2]);
            return Answer(_answer(HttpStatusCode.OK), Now >= _ends[job] ? """{"status":"COMPLETED"}""" : """{"status":"IN_PROGRESS"}""");
        }

        private static Task<HttpResponseMessage> Answer(HttpStatusCode status, string body) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
    }
}
