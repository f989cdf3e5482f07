using LoadLab.Core;
using LoadLab.Model.Server.Jobs;
using LoadLab.Serving;
using LoadLab.Serving.Metrics;

namespace LoadLab.Model.Server.Metrics;

/// <summary>What the server counts: what its core saw and decided, ends of jobs, stage times, cold starts. Thread-safe.</summary>
internal sealed class ServerMetrics(ServingOptions serving)
{
    private const int MaxEnds = 128;
    private static readonly string[] s_stages = ["text", "denoise", "decode", "whole"];

    private readonly Lock _gate = new();
    private readonly ServingCounters _counters = new(serving);
    private readonly SortedDictionary<(string Outcome, string Reason), long> _ended = [];
    private readonly Histogram[] _stages = [new(), new(), new(), new()];
    private long _coldStarts;
    private double _coldSeconds;
    private long _pings;
    private double _pingSeconds;

    public ServerMetrics()
        : this(new ServingOptions())
    {
    }

    /// <summary>Mean time of a completed job from start to end; 0 before the first.</summary>
    public double MeanWholeSeconds
    {
        get
        {
            lock (_gate)
            {
                return _stages[3].Count > 0 ? _stages[3].Sum / _stages[3].Count : 0;
            }
        }
    }

    public void Seen(Instant now, ServingEvent e)
    {
        lock (_gate)
        {
            _counters.Add(now, e);
        }
    }

    public void Decided(Instant now, Decision d)
    {
        lock (_gate)
        {
            _counters.Add(now, d);
        }
    }

    /// <param name="outcome">How the job ended.</param>
    /// <param name="reason">The core's code; empty when it completed.</param>
    public void Ended(Outcome outcome, string reason)
    {
        lock (_gate)
        {
            var key = (Words.Of(outcome), reason);
            key = _ended.ContainsKey(key) || _ended.Count < MaxEnds ? key : (key.Item1, ReasonCounts.Other);
            _ended[key] = _ended.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Counts the stage that just ended, once a batch.</summary>
    public void StageDone(Stage stage, JobClocks clocks)
    {
        var (from, to, index) = stage switch
        {
            Stage.Text => (clocks.Started, clocks.Text, 0),
            Stage.Denoise => (clocks.Text, clocks.Denoise, 1),
            _ => (clocks.Denoise, clocks.Decode, 2),
        };
        Add(index, from, to);
    }

    /// <summary>Counts a completed job from its start to its end.</summary>
    public void Whole(JobClocks clocks) => Add(3, clocks.Started, clocks.Completed);

    public void ColdStart(double seconds)
    {
        lock (_gate)
        {
            _coldStarts++;
            _coldSeconds += seconds;
        }
    }

    public void Ping(double seconds)
    {
        lock (_gate)
        {
            _pings++;
            _pingSeconds += seconds;
        }
    }

    public void Write(PrometheusText text)
    {
        lock (_gate)
        {
            text.Family("loadlab_jobs_total", "counter", "Jobs that ended, by outcome and reason code.");
            foreach (var ((outcome, reason), count) in _ended)
            {
                text.Sample("loadlab_jobs_total", count, ("outcome", outcome), ("reason", reason));
            }

            text.Family("loadlab_stage_duration_seconds", "histogram", "Time of a batch's stages (text, denoise, decode) and of completed jobs from start to end (whole).");
            for (var i = 0; i < _stages.Length; i++)
            {
                text.Histogram("loadlab_stage_duration_seconds", _stages[i], "stage", s_stages[i]);
            }

            text.Counter("loadlab_cold_starts_total", "Times that a model's weights were brought into memory.", _coldStarts);
            text.Counter("loadlab_cold_start_seconds_total", "Time spent bringing weights into memory.", _coldSeconds);
            text.Counter("loadlab_pings_total", "Small jobs run to keep a model warm.", _pings);
            text.Counter("loadlab_ping_seconds_total", "Time spent on small jobs that keep a model warm.", _pingSeconds);
            CountersText.Write(text, _counters);
        }
    }

    private void Add(int index, Instant? from, Instant? to)
    {
        if (from is { } start && to is { } end)
        {
            lock (_gate)
            {
                _stages[index].Add((end - start).Seconds);
            }
        }
    }
}
