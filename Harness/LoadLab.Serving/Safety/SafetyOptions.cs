using LoadLab.Core;

namespace LoadLab.Serving.Safety;

/// <summary>When a job's content is checked.</summary>
public enum SafetyPhase
{
    /// <summary>The prompt, before the job is queued.</summary>
    Before,

    /// <summary>The clip, before it is handed out.</summary>
    After,
}

/// <summary>Content safety; the scenario's key <c>serving.safety</c>. The host checks, the core asks, bounds the time and decides.</summary>
public sealed record SafetyOptions
{
    /// <summary>Null = prompts are not checked.</summary>
    public SafetyCheck? Before { get; set; }

    /// <summary>Null = clips are not checked.</summary>
    public SafetyCheck? After { get; set; }

    public SafetyCheck? Of(SafetyPhase phase) => phase == SafetyPhase.Before ? Before : After;
}

/// <summary>One check.</summary>
public sealed record SafetyCheck
{
    /// <summary>Time that the check is given; without an answer by then <see cref="TimeoutAllows"/> decides.</summary>
    /// <value>1 s.</value>
    public Duration Limit { get; set; } = Duration.FromSeconds(1);

    /// <summary>Whether content whose check did not answer in time passes.</summary>
    /// <value>false.</value>
    public bool TimeoutAllows { get; set; }

    /// <summary>Time that an emulated or simulated check takes, and that a real one takes at least.</summary>
    public Duration Takes { get; set; }

    /// <summary>Share refused by an emulated or simulated check, by a hash of (seed, prompt); in [0, 1].</summary>
    public double RefusedShare { get; set; }

    /// <summary>Words that a real prompt check refuses, whole and in any case.</summary>
    public IReadOnlyList<string> Words { get; set; } = [];
}
