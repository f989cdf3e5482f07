using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>
/// The profile's times by served model, shape and batch. A batch that the profile lacks takes as many times a single one's time as it has jobs, which is said.
/// </summary>
internal sealed class ServiceTimes(ServiceProfile profile, FleetOptions fleet)
{
    private readonly ProfileTimes _times = new(profile);
    private readonly Dictionary<(string Model, Shape Shape, int Batch), ServiceTime> _known = [];
    private readonly SortedDictionary<string, SortedSet<int>> _linear = new(StringComparer.Ordinal);
    private readonly List<(string Model, Shape Shape, ServiceTime Time)?> _last = [];

    /// <summary>Throws <see cref="InputException"/> listing every shape that the schedule may bring, as asked for or on the lighter model, and that the profile does not know.</summary>
    public void Require(Schedule schedule, ServingOptions serving)
    {
        var all = Lacks(schedule, serving, _ => true).ToList();
        if (all.Count > 0)
        {
            throw new InputException(all);
        }
    }

    /// <summary>Of the shapes that the schedule may bring of the models that <paramref name="holds"/>, those that the profile does not know, or not by stage where that is needed.</summary>
    public IEnumerable<Problem> Lacks(Schedule schedule, ServingOptions serving, Func<string, bool> holds)
    {
        var lighter = serving.Recovery.FallbackModel.Name;
        var keys = schedule.Kinds.Select(call => (call.Model, SimulatedWork.ShapeOf(call))).Distinct().ToList();
        if (lighter.Length > 0)
        {
            keys = [.. keys.Concat(keys.Select(key => (lighter, key.Item2))).Distinct()];
        }

        keys = [.. keys.Where(key => holds(key.Item1)).OrderBy(key => key.Item1, StringComparer.Ordinal).ThenBy(key => key.Item2.ToString(), StringComparer.Ordinal)];
        var problems = keys.Where(key => Find(key.Item1, key.Item2) is null).Select(key => Unknown(key));
        if (serving.Pipeline.On)
        {
            problems = problems.Concat(keys.Where(key => Find(key.Item1, key.Item2) is { } time && time is not { TextShare: not null, DenoiseShare: not null })
                .Select(key => Lacking(key, "is not split into text, denoise and decode, which serving.pipeline runs apart", "calibrate from runs that report their stages, or leave the pipeline out")));
        }

        return problems;
    }

    /// <summary>Of a shape that <see cref="Require"/> let pass.</summary>
    public ServiceTime Of(string model, Shape shape, int batch)
    {
        // What a batch of that size took last is what the next of it takes, as a rule.
        while (_last.Count <= batch)
        {
            _last.Add(null);
        }

        if (_last[batch] is { } last && last.Model == model && last.Shape == shape)
        {
            return last.Time;
        }

        var time = Known(model, shape, batch);
        _last[batch] = (model, shape, time);
        return time;
    }

    private ServiceTime Known(string model, Shape shape, int batch)
    {
        var key = (model, shape, batch);
        if (!_known.TryGetValue(key, out var time))
        {
            var (servedAs, shapedAs) = StandIn(model, shape);
            time = _times.Find(servedAs, shapedAs, batch)!;
            _known.Add(key, time);
            if (profile.Find(servedAs, shapedAs, batch) is null)
            {
                if (profile.Outside(servedAs, shapedAs, batch) is { } outside)
                {
                    throw new InputException(Lacking((model, shape), $"came in a batch beyond what was measured: {outside}", "calibrate from runs with such batches, or lower serving.batching.maxBatch"));
                }

                Note(model, batch);
            }
        }

        return time;
    }

    /// <summary>What was taken for want of a measured batch, a sentence a model.</summary>
    public IEnumerable<string> Assumptions() => _linear.Select(pair => string.Create(
        CultureInfo.InvariantCulture,
        $"A batch of {string.Join(", ", pair.Value)} of {pair.Key} takes as many times a single job's time: the profile has no such batch (measured elsewhere, Wan2.1-14B on one H100: 2.06 and 4.11 times for 2 and 4)."));

    private void Note(string model, int batch)
    {
        if (!_linear.TryGetValue(model, out var batches))
        {
            _linear.Add(model, batches = []);
        }

        batches.Add(batch);
    }

    private ServiceTime? Find(string model, Shape shape)
    {
        var (servedAs, shapedAs) = StandIn(model, shape);
        return profile.Find(servedAs, shapedAs, 1);
    }

    private (string Model, Shape Shape) StandIn(string model, Shape shape)
    {
        var standIn = fleet.StandIns.FirstOrDefault(standIn => standIn.Covers(model, shape));
        return (standIn?.Model ?? model, standIn?.Shape ?? shape);
    }

    private Problem Unknown((string Model, Shape Shape) key)
    {
        var (servedAs, shapedAs) = StandIn(key.Model, key.Shape);
        return profile.Outside(servedAs, shapedAs, 1) is { } outside
            ? Lacking(key, $"is beyond what was measured: {outside}", "nothing is extrapolated: calibrate this shape, or name a stand-in under fleet.serveAs")
            : Lacking(key, "is not in the profile", $"it knows {profile.Known()}; calibrate this shape, or name a stand-in under fleet.serveAs");
    }

    private Problem Lacking((string Model, Shape Shape) key, string message, string fix) => new(
        $"profile {profile.Name}", 0, "services", string.Create(CultureInfo.InvariantCulture, $"{key.Model} {key.Shape}"), message, fix);
}
