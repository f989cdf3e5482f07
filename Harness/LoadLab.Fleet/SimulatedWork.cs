using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>When the stages of a batch end, counted from its start. Text and denoise are null when the profile does not split the whole.</summary>
internal readonly record struct StageTimes(Duration? TextEnd, Duration? DenoiseEnd, Duration Whole, int Steps);

/// <summary>
/// The truth of a simulation: what each job will take. Drawn from the profile by a stream of the job's own, so that two policies see the same times (common
/// random numbers), and hidden from every policy.
/// </summary>
internal sealed class SimulatedWork
{
    private readonly ServiceProfile _profile;
    private readonly ServiceTime[] _times;
    private readonly int[] _steps;
    private readonly Seed _service;
    private readonly Seed _coldStart;

    /// <summary>Throws <see cref="InputException"/> listing every shape of the schedule that the profile does not know.</summary>
    public SimulatedWork(Schedule schedule, ServiceProfile profile, FleetOptions fleet, Seed seed)
    {
        _profile = profile;
        _service = seed.Derive("service");
        _coldStart = seed.Derive("cold-start");
        _steps = [.. schedule.Calls.Select(call => call.Steps)];
        _times = Times(schedule, profile, fleet);
    }

    /// <summary>Whether each denoise step of the call runs a second, unconditional forward: always unless its guidance scale is 1.</summary>
    public static bool IsGuided(ScheduledCall call) => call.Guidance is not 1;

    public StageTimes Of(JobId job, bool firstBatch)
    {
        var time = _times[job.Value];
        var seconds = time.Whole.Draw(_service.Derive(job.Value).Stream("whole").NextDouble()) + (firstBatch ? _profile.FirstCallPenaltyS : 0);
        var whole = Positive(seconds);
        var denoiseEnd = time.TextShare is { } text && time.DenoiseShare is { } denoise ? whole * Math.Min(1, text + denoise) : (Duration?)null;
        return new StageTimes(time.TextShare is { } share ? whole * Math.Min(1, share) : null, denoiseEnd, whole, _steps[job.Value]);
    }

    /// <summary>Time to load a model; zero for a profile without a cold start, which the result states.</summary>
    public Duration ColdStart(ReplicaId replica, int load) => _profile.ColdStart is { } time
        ? Positive(time.Draw(_coldStart.Derive(replica.Value).Derive(load).Stream("load").NextDouble()))
        : Duration.Zero;

    private static Duration Positive(double seconds) => new(Math.Max(1, Duration.FromSeconds(seconds).Nanoseconds));

    private static ServiceTime[] Times(Schedule schedule, ServiceProfile profile, FleetOptions fleet)
    {
        var known = new Dictionary<(string, Shape), ServiceTime?>();
        var times = new ServiceTime[schedule.Calls.Count];
        foreach (var call in schedule.Calls)
        {
            var shape = new Shape(call.Width, call.Height, call.Frames, call.Steps, IsGuided(call));
            if (!known.TryGetValue((call.Model, shape), out var time))
            {
                var standIn = fleet.StandIns.FirstOrDefault(standIn => standIn.Covers(call.Model, shape));
                time = profile.Find(standIn?.Model ?? call.Model, standIn?.Shape ?? shape, 1);
                known[(call.Model, shape)] = time;
            }

            times[call.Index] = time!;
        }

        var missing = known.Where(pair => pair.Value is null).Select(pair => pair.Key).OrderBy(key => key.Item1, StringComparer.Ordinal).ThenBy(key => key.Item2.ToString(), StringComparer.Ordinal);
        var problems = missing.Select(key => new Problem(
            $"profile {profile.Name}",
            0,
            "services",
            string.Create(CultureInfo.InvariantCulture, $"{key.Item1} {key.Item2}"),
            "is not in the profile",
            $"it knows {profile.Known()}; calibrate this shape, or name a stand-in under fleet.serveAs")).ToList();
        return problems.Count == 0 ? times : throw new InputException(problems);
    }
}
