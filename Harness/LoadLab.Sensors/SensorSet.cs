namespace LoadLab.Sensors;

/// <summary>Every source this machine offers, opened together: the host, the control group, and what is added with <see cref="Add"/>.</summary>
public sealed class SensorSet : IDisposable
{
    private readonly List<ISampleSource> _sources = [];

    private SensorSet()
    {
    }

    /// <summary>For the sampler. Complete it before the sampler starts.</summary>
    public IReadOnlyList<ISampleSource> Sources => _sources;

    /// <summary>Which samplers a run uses and which are absent and why, for its first line: <c>host, cgroup</c>.</summary>
    public string Label => string.Join(", ", Parts());

    public static SensorSet Open()
    {
        var set = new SensorSet();
        set.Add(new HostSource());
        set.Add(new CgroupSource(CgroupFolders.OfThisProcess()));
        return set;
    }

    /// <summary>The set disposes the source.</summary>
    public SensorSet Add(ISampleSource source)
    {
        _sources.Add(source);
        return this;
    }

    public void Dispose()
    {
        foreach (var source in _sources)
        {
            source.Dispose();
        }
    }

    private IEnumerable<string> Parts() =>
        _sources.Select(source => source.Counters.Any(counter => !counter.Stopped) ? source.Name : $"{source.Name} absent ({source.Counters.FirstOrDefault()?.Summary().Reason})");
}
