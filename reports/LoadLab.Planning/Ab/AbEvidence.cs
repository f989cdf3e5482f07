using System.Globalization;
using LoadLab.Core;
using LoadLab.Serving.Profiles;

namespace LoadLab.Planning;

/// <summary>What stands behind the service times of a comparison.</summary>
public sealed record AbEvidence
{
    /// <summary>Of the plays: simulated, or emulated.</summary>
    public required Evidence Evidence { get; init; }

    /// <summary>What the profile was measured on.</summary>
    public required string Device { get; init; }

    public required bool DeviceIsCpu { get; init; }

    /// <summary>Evidence of the profile itself: real, or the published table it was written from.</summary>
    public required string Profile { get; init; }

    public required int RealCalls { get; init; }

    /// <summary>The profile's error, in words: "mean absolute 4 % of the service time over 38 calls", or that it is not known.</summary>
    public required string ProfileError { get; init; }

    /// <summary>GPUs that one replica is.</summary>
    /// <value>1</value>
    public int GpusPerReplica { get; init; } = 1;

    /// <summary>What a profile says of itself.</summary>
    public static AbEvidence Of(ServiceProfile profile) => new()
    {
        Evidence = Evidence.Simulated,
        Device = profile.Device,
        DeviceIsCpu = !DeviceWords.IsGpu(profile.Device),
        Profile = profile.Evidence,
        RealCalls = profile.RealCalls,
        ProfileError = profile.Error is { } error
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * error:0.#} % of the mean service time on calls held out")
            : "not known, nothing was held out",
        GpusPerReplica = profile.GpusPerReplica,
    };
}
