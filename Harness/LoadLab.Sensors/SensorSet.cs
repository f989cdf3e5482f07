namespace LoadLab.Sensors;

/// <summary>Every source this machine offers, opened together: the host, the control group, each GPU, and what is added with <see cref="Add"/>.</summary>
public sealed class SensorSet : IDisposable
{
    private readonly List<ISampleSource> _sources = [];
    private readonly NvmlSession? _nvml;
    private readonly string? _nvmlAbsent;

    private SensorSet(string? nvmlPath)
    {
        _sources.Add(new HostSource());
        _sources.Add(new CgroupSource(CgroupFolders.OfThisProcess()));
        _nvml = NvmlSession.TryOpen(nvmlPath, out _nvmlAbsent);
        if (_nvml is not null)
        {
            var count = _nvml.DeviceCount(out var problem);
            _sources.AddRange(Enumerable.Range(0, count).Select(index => new GpuSource(_nvml, index)));
            _nvmlAbsent = count > 0 ? null : problem ?? "the driver has no GPU";
        }
    }

    /// <summary>For the sampler. Complete it before the sampler starts.</summary>
    public IReadOnlyList<ISampleSource> Sources => _sources;

    /// <summary>Which samplers a run uses and which are absent and why, for its first line: <c>host, cgroup, nvml absent (libnvidia-ml.so.1 cannot be loaded)</c>.</summary>
    public string Label => string.Join(", ", _sources.Select(Part).Append(_nvmlAbsent is null ? null : $"nvml absent ({_nvmlAbsent})").OfType<string>());

    /// <param name="nvmlPath">The library to use instead of the driver's; null = environment variable LOADLAB_NVML, else the driver's usual places.</param>
    public static SensorSet Open(string? nvmlPath = null) => new(nvmlPath);

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

        _nvml?.Dispose();
    }

    private static string Part(ISampleSource source) =>
        source.Counters.Any(counter => !counter.Stopped) ? source.Name : $"{source.Name} absent ({source.Counters.FirstOrDefault()?.Summary().Reason})";
}
