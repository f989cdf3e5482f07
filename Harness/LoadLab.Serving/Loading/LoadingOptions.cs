using LoadLab.Core;

namespace LoadLab.Serving.Loading;

/// <summary>What keeps a replica warm; the scenario's key <c>serving.loading</c>. Whether it loads at once or for its first job is <see cref="ServingOptions.Preload"/>.</summary>
public sealed record LoadingOptions
{
    /// <summary>A replica that has been idle this long runs a small warm-up; null = no pings. Mode keep-warm.</summary>
    public Duration? PingEvery { get; set; }

    /// <summary>A model that has been idle this long is unloaded; null = never.</summary>
    public Duration? UnloadAfter { get; set; }
}
