using LoadLab.Core;

namespace LoadLab.Serving.Loading;

/// <summary>What an idle replica that has a model does next: warm-ups that keep it warm, and in the end the model is unloaded.</summary>
internal sealed class IdleRule(LoadingOptions options)
{
    /// <summary>What is due and when; null = nothing, ever. The model goes first when both are due at once.</summary>
    /// <param name="idle">Since when it has had no job. A ping is no job.</param>
    /// <param name="pinged">When its last ping since then ended; null = none.</param>
    public IdleDue? Next(Instant idle, Instant? pinged)
    {
        var ping = (pinged ?? idle) + options.PingEvery;
        var unload = idle + options.UnloadAfter;
        return unload is { } at && !(ping < at) ? new IdleDue(IdleAct.Unload, at, "idle")
            : ping is { } then ? new IdleDue(IdleAct.Ping, then, "keep-warm")
            : null;
    }
}

internal enum IdleAct
{
    /// <summary>Load the model that is loaded already.</summary>
    Ping,
    Unload,
}

internal readonly record struct IdleDue(IdleAct Act, Instant At, string Reason);
