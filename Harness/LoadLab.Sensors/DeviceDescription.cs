using System.Globalization;

namespace LoadLab.Sensors;

/// <summary>One GPU as its driver names it; empty and zero where it does not tell.</summary>
public sealed record GpuDescription(int Index, string Name, string Uuid, long MemoryBytes);

/// <summary>The GPUs of this machine, for doctor and run.json.</summary>
/// <param name="Driver">Null when NVML is absent or does not tell.</param>
/// <param name="AbsentReason">Why there is no NVML; null when there is.</param>
public sealed record DeviceDescription(IReadOnlyList<GpuDescription> Gpus, string? Driver, string? AbsentReason)
{
    /// <summary>One line: <c>2 x NVIDIA H200 (140 GiB), driver 570.1</c>, or <c>nvml absent (reason)</c>.</summary>
    public string Line
    {
        get
        {
            if (AbsentReason is not null)
            {
                return $"nvml absent ({AbsentReason})";
            }

            var kinds = Gpus.GroupBy(gpu => (gpu.Name, gpu.MemoryBytes)).Select(kind =>
                string.Create(CultureInfo.InvariantCulture, $"{kind.Count()} x {kind.Key.Name} ({kind.Key.MemoryBytes / (double)(1L << 30):F0} GiB)"));
            return $"{(Gpus.Count == 0 ? "no GPU" : string.Join(", ", kinds))}, driver {Driver ?? "unknown"}";
        }
    }

    /// <summary>Asks the driver; never throws for a missing one.</summary>
    /// <param name="nvmlPath">As for <see cref="SensorSet.Open"/>.</param>
    public static DeviceDescription Read(string? nvmlPath = null)
    {
        using var session = NvmlSession.TryOpen(nvmlPath, out var reason);
        if (session is null)
        {
            return new DeviceDescription([], null, reason);
        }

        var count = session.DeviceCount(out reason);
        return new DeviceDescription([.. Enumerable.Range(0, count).Select(index => Describe(session, index))], session.DriverVersion(), reason);
    }

    private static GpuDescription Describe(NvmlSession session, int index)
    {
        var result = session.Device(index, out var device);
        if (result != NvmlResult.Success)
        {
            return new GpuDescription(index, $"unreadable: {session.Error(result)}", "", 0);
        }

        NvmlCall.Fill<NvmlMemory>(session.Symbol("nvmlDeviceGetMemoryInfo"), device, out var memory);
        return new GpuDescription(
            index,
            NvmlCall.Text(session.Symbol("nvmlDeviceGetName"), device) ?? "unnamed GPU",
            NvmlCall.Text(session.Symbol("nvmlDeviceGetUUID"), device) ?? "",
            (long)Math.Min(memory.Total, long.MaxValue));
    }
}
