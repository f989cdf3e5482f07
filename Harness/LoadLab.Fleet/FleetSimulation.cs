using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>
/// Plays a schedule against the serving core under virtual time. The core, its policies and its journal are those of the live server; only time and work are simulated.
/// </summary>
public static class FleetSimulation
{
    private const int SamplesOfRun = 720;

    private static readonly Duration s_longestWait = Duration.FromSeconds(2 * 86400);

    /// <param name="schedule">The arrivals.</param>
    /// <param name="profile">The times. A shape it lacks is refused with an <see cref="Core.Input.InputException"/> that lists what it knows.</param>
    /// <param name="fleet">Nodes and their delays.</param>
    /// <param name="serving">The rules of the server.</param>
    /// <param name="autoscaler">Scaling rule.</param>
    /// <param name="seed">Of the run; service times and cold starts have streams of their own, by job and by replica, whatever the policy.</param>
    /// <param name="options">What to write and to keep.</param>
    public static SimulationResult Run(
        Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving, AutoscalerOptions autoscaler, Seed seed, SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        ShapeFit.Require(schedule, profile, fleet, serving);
        var header = new JournalHeader { Serving = fleet.Apply(serving), Autoscaler = fleet.Apply(autoscaler), Seed = seed.Value, EpochNs = 0 };
        using var writer = options.Journal is null ? null : new JournalWriter(options.Journal, header);
        var work = new SimulatedWork(schedule, profile, fleet, header.Serving, seed, options.Times);
        return new World(schedule, fleet, header, work, writer, options).Run();
    }

    /// <summary>The sampling interval of a run of this length: the round number that gives at most 720 samples of each metric.</summary>
    internal static Duration SampleEvery(Duration length)
    {
        double[] round = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
        return Duration.FromSeconds(round.FirstOrDefault(seconds => length.Seconds / seconds <= SamplesOfRun, 6 * 3600));
    }

    private sealed class World
    {
        private readonly Schedule _schedule;
        private readonly FleetOptions _fleet;
        private readonly SimulatedWork _work;
        private readonly VirtualTimeline _timeline;
        private readonly Agenda _agenda = new();
        private readonly NodeFleet _nodes;
        private readonly Broker? _broker;
        private readonly SimulatedReplicaPool _pool;
        private readonly SimulatedClients _clients;
        private readonly Host _host;
        private readonly ServingLoop _loop;
        private readonly FleetSampler _sampler;
        private readonly RunLaws _laws;
        private long _events;

        public World(Schedule schedule, FleetOptions fleet, JournalHeader header, SimulatedWork work, JournalWriter? journal, SimulationOptions options)
        {
            var start = Instant.Zero - fleet.StartBefore;
            (_schedule, _fleet, _work) = (schedule, fleet, work);
            _timeline = new VirtualTimeline(start);
            _nodes = new NodeFleet(fleet, _timeline, _agenda);
            _pool = new SimulatedReplicaPool(_timeline, work, fleet, _nodes);
            _laws = new RunLaws(start, queueLaw: header.Serving is { Safety.Before: null, Pipeline.On: false } && fleet.Broker is null);
            _clients = new SimulatedClients(schedule, _timeline, options.KeepCalls, options.Bound, ended: (Action<EndedCall>)_laws.Ended + options.Ended) { Request = work.Request, Answer = work.Answer, Dispatch = work.Dispatch };
            _broker = fleet.Broker is { } broker ? new Broker(broker, schedule.Calls.Count, _timeline, _agenda, _clients, _pool.GpusOf) : null;
            _host = new Host(_pool, _clients, _broker, work, new SimulatedSafety(schedule, header.Serving.Safety, _timeline, new Seed(header.Seed)));
            var core = header.CreateCore();
            _loop = new ServingLoop(core, _timeline, _pool, _host, journal);
            _sampler = new FleetSampler(start, SampleEvery(schedule.Length), _timeline, _pool, _nodes, core);
        }

        public SimulationResult Run()
        {
            Handle(new ServingEvent.Started());
            _nodes.Start();
            while (_clients.Open && !Stuck && Step())
            {
            }

            // A closed loop is over with its last answer: its length only says when no call starts any more.
            var end = Instant.Max(_timeline.Now, _schedule.ClosedUsers is null ? Instant.Max(Instant.Zero + _schedule.Length, _clients.LastEnd) : _clients.LastEnd);
            while (_timeline.Next <= end || _agenda.Next <= end)
            {
                Step();
            }

            _sampler.Before(end);
            _timeline.MoveTo(end);
            Handle(new ServingEvent.Shutdown());
            return Result(end);
        }

        /// <summary>Scaling, pings and faults go on for ever: a run whose calls are all sent, and of which none ended in two days (a night tier waits for one), is over.</summary>
        private bool Stuck => _clients.NextArrival is null && _timeline.Now - Instant.Max(_clients.LastEnd, _clients.LastSent) > s_longestWait;

        /// <summary>Handles the next event, an arrival before anything else of its instant and what the world does by itself before an event; false when there is none.</summary>
        private bool Step()
        {
            var (due, own) = (_timeline.Next, _agenda.Next);
            if (_clients.NextArrival is { } arrival && (due is null || arrival <= due) && (own is null || arrival <= own))
            {
                _sampler.Before(arrival);
                _timeline.MoveTo(arrival);
                Handle(_clients.Send());
                return true;
            }

            if (own is { } wake && (due is null || wake <= due))
            {
                _sampler.Before(wake);
                _timeline.MoveTo(wake);
                _agenda.Run();
                Levels();
                return true;
            }

            if (due is null)
            {
                return false;
            }

            _sampler.Before(due.Value);
            var e = _timeline.Take()!;
            if (_broker is not null)
            {
                foreach (var job in _broker.Deletes(e))
                {
                    Handle(new ServingEvent.Cancelled(job));
                }
            }

            Handle(e);
            return true;
        }

        private void Handle(ServingEvent e)
        {
            _events++;
            _loop.Handle(_timeline.Now, e);
            Levels();
        }

        private void Levels() => _laws.Handled(_timeline.Now, new RunLaws.Levels(_clients.InSystem, _loop.Core.QueueLength, _pool.Existing, _pool.Busy));

        private SimulationResult Result(Instant end)
        {
            _clients.Close(end);
            Levels();
            if (_schedule.ClosedUsers is null && _clients.Tally.Tiers.Values.Sum(tier => tier.Planned) is var counted && counted != _schedule.Calls.Count)
            {
                throw new InvalidOperationException($"{_schedule.Calls.Count} calls were planned and {counted} ended");
            }

            var (usage, nodes) = (_host.Account.Close(end), _nodes.Close(end));
            _laws.Check(_clients.Sent, usage);
            return new SimulationResult
            {
                Calls = _clients.Records,
                Tally = _clients.Tally,
                Samples = _sampler.Samples,
                Usage = usage,
                Gpus = FleetUse.Of(usage, [.. _fleet.Kinds.Select(kind => (kind.Kind, kind.Gpus))], nodes, _work.GpusOfReplica),
                Broker = _broker?.Counts,
                End = end,
                Events = _events,
                Assumptions = [.. _work.Assumptions(_fleet), .. _nodes.Notes(), .. Unfinished(_clients.Tally.Whole)],
            };
        }
    }

    private static IEnumerable<string> Unfinished(TierTally calls) => calls.Of(Outcome.Unfinished) is var left and > 0
        ? [FormattableString.Invariant($"{left} of {calls.Planned} calls stayed unfinished: the run was given up when none had ended for {s_longestWait.Seconds / 86400:0} days.")]
        : [];

    /// <summary>Lets pool, clients, checks and the account of replica time hear of everything.</summary>
    private sealed class Host(SimulatedReplicaPool pool, SimulatedClients clients, Broker? broker, SimulatedWork work, SimulatedSafety safety) : IJobHost
    {
        private readonly IJobHost _clients = broker is null ? clients : broker;

        public ReplicaUsageAccount Account { get; } = new();

        public void Seen(Instant now, ServingEvent e)
        {
            _clients.Seen(now, e);

            // Most events are arrivals, which concern no replica.
            if (e is not ServingEvent.Arrived)
            {
                pool.Seen(e);
                Account.Add(now, e);
            }
        }

        public void Decided(Instant now, Decision d)
        {
            if (d is Decision.Admit { Serve: { } lighter } admit)
            {
                work.Serve(admit.Job, lighter);
            }

            // A run of a call that another run has completed was for nothing.
            var spent = d is Decision.Finish finish && broker?.IsDuplicate(finish.Job) is true ? new Decision.Fail(finish.Job, "duplicate", "") : d;
            if (d is not Decision.Fail { Reason: "shutdown" })
            {
                _clients.Decided(now, d);
            }

            safety.Decided(now, d);
            Account.Add(now, spent);
        }
    }
}
