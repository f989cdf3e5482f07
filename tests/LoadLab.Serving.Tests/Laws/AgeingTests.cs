using LoadLab.Core;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>
/// One replica, twice as many calls as it can serve, most of them of the first tier: with ageing the last tier waits for a bounded time, without it for ever.
/// </summary>
public class AgeingTests
{
    private const int Stories = 40;

    [Fact]
    public void Low_priority_with_ageing_starts_within_the_bound()
    {
        for (var number = 0; number < Stories; number++)
        {
            var overload = new Overload(number, ages: true);
            Assert.True(overload.Play() > 3, $"story {number} let nobody in");
            Assert.True(overload.Longest <= overload.Bound, $"story {number}: waited {overload.Longest} s, the bound is {overload.Bound} s");
        }
    }

    [Fact]
    public void Low_priority_without_ageing_starves()
    {
        var worst = 0;
        for (var number = 0; number < Stories; number++)
        {
            var overload = new Overload(number, ages: false);
            overload.Play();
            worst += overload.Longest > overload.Bound ? 1 : 0;
        }

        Assert.True(worst > Stories / 2, $"only {worst} of {Stories} stories starve anybody");
    }

    private sealed class Overload
    {
        private const double End = 600;
        private readonly RandomStream _random;
        private readonly ServingCore _core;
        private readonly Dictionary<JobId, double> _low = [];
        private readonly double _service;
        private (double At, BatchId Batch)? _running;
        private int _started;

        public Overload(int number, bool ages)
        {
            _random = new Seed(7).Derive(number).Stream("overload");
            _service = 0.5 + _random.NextDouble();
            var (levels, step, limit) = (1 + _random.NextInt(4), 1 + _random.NextInt(5), 5 + _random.NextInt(20));
            var serving = new ServingOptions
            {
                Model = new(Story.Model),
                QueueLimit = limit,
                Tiers = [new() { Name = "vip" }, new() { Name = "free", Priority = levels }],
                Ageing = ages ? Duration.FromSeconds(step) : null,
            };
            _core = new ServingCore(serving, new(), new Seed(1));

            // Whoever came before the job has aged past every later one goes first: no more than wait at that moment, and the one that runs.
            Bound = (step * levels) + ((limit + 2) * _service);
        }

        public double Bound { get; }

        /// <summary>The longest that a job of the last tier waited, to the end of the story if it never ran, in seconds.</summary>
        public double Longest { get; private set; }

        /// <summary>Jobs of the last tier that started.</summary>
        public int Play()
        {
            Feed(0, new ServingEvent.Started());
            Feed(0, new ServingEvent.ReplicaProvisioned(new(0)));
            Feed(0, new ServingEvent.ReplicaReady(new(0)));
            Feed(0, new ServingEvent.ModelLoaded(new(0), new(Story.Model)));
            var id = 0;
            for (var at = 0.0; at < End; at += _service * _random.NextExponential() / 2)
            {
                while (_running is { } running && running.At <= at)
                {
                    Feed(running.At, new ServingEvent.BatchDone(new(0), running.Batch));
                }

                var job = Story.View(id++, at) with { Tier = _random.NextInt(10) == 0 ? "free" : "vip" };
                if (job.Tier == "free")
                {
                    _low[job.Id] = at;
                }

                Feed(at, new ServingEvent.Arrived(job));
            }

            Longest = _low.Values.Select(since => End - since).Append(Longest).Max();
            return _started;
        }

        private void Feed(double at, ServingEvent e)
        {
            _running = e is ServingEvent.BatchDone ? null : _running;
            foreach (var decision in _core.Handle(Instant.FromSeconds(at), e))
            {
                if (decision is Decision.Refuse refuse)
                {
                    _low.Remove(refuse.Job);
                }
                else if (decision is Decision.Start start)
                {
                    _running = (at + _service, start.Batch);
                    if (_low.Remove(start.Jobs[0], out var since))
                    {
                        Longest = Math.Max(Longest, at - since);
                        _started++;
                    }
                }
            }
        }
    }
}
