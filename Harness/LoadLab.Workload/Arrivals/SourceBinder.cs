using LoadLab.Core;
using LoadLab.Core.Input;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload;

/// <summary>Reads one source of planned calls: <c>arrivals</c>, <c>scale</c>, <c>process</c>; and a list of them under <c>merge</c>.</summary>
/// <param name="calendar">For the shapes of a day.</param>
/// <param name="length">Of the load.</param>
/// <param name="latestStart">Before which every shape must start.</param>
internal sealed class SourceBinder(Calendar calendar, Duration length, Duration latestStart)
{
    private const int MaxSources = 64;

    private int _piecesLeft = ShapeSpan.MaxPieces;

    /// <param name="load">The section that holds the fields.</param>
    /// <param name="seed">Of the source.</param>
    /// <param name="jobs">What its calls ask for.</param>
    public LoadSource Bind(Section load, Seed seed, IReadOnlyList<JobTemplate> jobs)
    {
        load.Require("arrivals", "a list of shapes, for example [ { constant: { rate: 0.8/s } } ]");
        var binder = new ShapeBinder(new ShapeSpan(calendar, seed, length.Seconds, latestStart.Seconds), _piecesLeft);
        var shapes = binder.Bind(load);
        _piecesLeft -= binder.Pieces;
        var scale = load.Number("scale", 1, 0, 1e6, "2");
        return new LoadSource
        {
            Seed = seed,
            Length = length,
            Arrivals = RateCurve.Sum(length.Seconds, shapes).Scaled(scale),
            Process = ArrivalProcess.Bind(load) ?? binder.Process ?? new ArrivalProcess.Poisson(),
            Jobs = jobs,
        };
    }

    /// <summary>The sources of <c>merge</c>; their jobs are those of the load where they bring none.</summary>
    public IReadOnlyList<LoadSource> BindAll(Section workload, Seed seed, IReadOnlyList<JobTemplate> jobs)
    {
        var items = workload.Items("merge");
        var sources = new List<LoadSource>();
        foreach (var (node, path) in items.Take(MaxSources))
        {
            if (Section.Open(node, path, workload.Problems) is { } source)
            {
                var name = Name(source, sources);
                sources.Add(Bind(source, seed.Derive($"source {name}"), Jobs(source, jobs)) with { Name = name });
                source.Close();
            }
        }

        if (items.Count is 0 or > MaxSources)
        {
            workload.Refuse("merge", $"has {items.Count} sources", $"write 1 to {MaxSources}: merge: [ {{ arrivals: [ {{ constant: {{ rate: 1/s }} }} ] }} ]");
        }

        return sources;
    }

    private static string Name(Section source, List<LoadSource> before)
    {
        var name = source.Word("name");
        if (name.Length > 0 && before.Any(other => other.Name == name))
        {
            source.Refuse("name", "is the name of a source before it", "give each source its own name");
        }

        return name.Length > 0 ? name : $"{before.Count + 1}";
    }

    /// <summary>Its own jobs or those of the load, with its tier and tenant where they name none.</summary>
    private static IReadOnlyList<JobTemplate> Jobs(Section source, IReadOnlyList<JobTemplate> loads)
    {
        var (tier, tenant) = (source.Word("tier"), source.Word("tenant"));
        var own = JobBinder.Bind(source);
        var jobs = source.Has("jobs") ? own : loads;
        return tier.Length + tenant.Length == 0 ? jobs : [.. jobs.Select(job => job with
        {
            Tier = job.Tier.Length > 0 ? job.Tier : tier,
            Tenant = job.Tenant.Length > 0 ? job.Tenant : tenant,
        })];
    }
}
