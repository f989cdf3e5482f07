using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Recovery;

/// <summary>What happens to work that failed and to work that cannot be done in time; the scenario's key <c>serving.recovery</c>.</summary>
public sealed record RecoveryOptions
{
    private static readonly Duration s_longest = Duration.FromSeconds(86400);

    /// <summary>Further attempts after the first. A job never runs more than 1 + retries times.</summary>
    /// <value>0 without a recovery section, else 3.</value>
    public int Retries { get; set; }

    /// <summary>Time before the first retry; doubles with every further one.</summary>
    /// <value>1 s.</value>
    public Duration Backoff { get; set; } = Duration.FromSeconds(1);

    /// <value>30 s.</value>
    public Duration MaxBackoff { get; set; } = Duration.FromSeconds(30);

    /// <summary>Share of the backoff that is spread: a wait lies in [backoff x (1 - jitter), backoff], by a hash of (seed, job, attempt).</summary>
    /// <value>0.5.</value>
    public double Jitter { get; set; } = 0.5;

    /// <summary>Failed batches of a model in a row that open its breaker; 0 = no breaker.</summary>
    /// <value>0 without a breaker section, else 5.</value>
    public int BreakerFailures { get; set; }

    /// <summary>How long an open breaker refuses before one batch may try.</summary>
    /// <value>30 s.</value>
    public Duration BreakerOpen { get; set; } = Duration.FromSeconds(30);

    /// <summary>Failed batches of one replica in a row after which it is released and replaced; 0 = never.</summary>
    public int ReplicaFailures { get; set; }

    /// <summary>The lighter model that serves under overload or in place of a model whose breaker is open; empty = none.</summary>
    public ModelId FallbackModel { get; set; } = new("");

    /// <summary>Jobs that wait from which on new ones get the lighter model; null = the number decides nothing.</summary>
    public int? FallbackQueue { get; set; }

    /// <summary>Expected wait from which on new jobs get the lighter model; null = the wait decides nothing.</summary>
    public Duration? FallbackWait { get; set; }

    /// <summary>Binds <c>recovery</c> of a serving section. Problems are added to the section's list.</summary>
    public static RecoveryOptions Bind(Section serving)
    {
        var options = new RecoveryOptions();
        if (serving.Child("recovery") is not { } section)
        {
            return options;
        }

        options.Retries = section.Integer("retries", 3, 0, 10);
        options.Backoff = section.Value("backoff", Quantity.Time, time => time <= s_longest, "a duration up to 1d", "1s") ?? options.Backoff;
        options.MaxBackoff = section.Value("maxBackoff", Quantity.Time, time => time <= s_longest, "a duration up to 1d", "30s") ?? options.MaxBackoff;
        options.Jitter = section.Number("jitter", options.Jitter, 0, 1, "0.5");
        options.ReplicaFailures = section.Integer("replicaFailures", options.ReplicaFailures, 0, 1000);
        if (options.Backoff > options.MaxBackoff)
        {
            Refuse(section, "backoff", section.Text("backoff"), $"is longer than maxBackoff, {options.MaxBackoff.Seconds}s", "write a maxBackoff of at least backoff");
        }

        BindBreaker(section, options);
        BindFallback(section, options);
        section.Close();
        return options;
    }

    private static void BindBreaker(Section section, RecoveryOptions options)
    {
        if (section.Child("breaker") is not { } breaker)
        {
            return;
        }

        options.BreakerFailures = breaker.Integer("failures", 5, 1, 1000);
        options.BreakerOpen = breaker.Value("open", Quantity.Time, time => time.Milliseconds >= 1 && time <= s_longest, "a duration from 1ms to 1d", "30s") ?? options.BreakerOpen;
        breaker.Close();
    }

    private static void BindFallback(Section section, RecoveryOptions options)
    {
        options.FallbackModel = new ModelId(section.Has("fallbackModel") ? section.RequiredText("fallbackModel") : "");
        if (section.Child("fallbackWhen") is { } when)
        {
            options.FallbackQueue = (int?)when.Value("queue", Quantity.Integer, value => value is >= 1 and <= 10_000_000, "a whole number from 1 to 10000000", "20");
            options.FallbackWait = when.Value("wait", Quantity.Time, time => time.Milliseconds >= 1, "a duration of at least 1ms", "30s");
            if (!when.Has("queue") && !when.Has("wait"))
            {
                when.Missing("queue", "20, or wait: 30s, or both");
            }

            when.Close();
        }

        var named = section.Has("fallbackModel");
        if (section.Has("fallbackWhen") && !named)
        {
            section.Missing("fallbackModel", "the name of the lighter model that fallbackWhen speaks of");
        }
        else if (named && !section.Has("fallbackWhen") && !section.Has("breaker"))
        {
            Refuse(section, "fallbackModel", section.Text("fallbackModel"), "never serves: there is no breaker and no fallbackWhen", "add breaker: { failures: 5 } or fallbackWhen: { queue: 20 }");
        }
    }

    private static void Refuse(Section section, string field, string? value, string message, string fix) =>
        section.Problems.Add(section.Find(field) ?? section.Node, section.PathOf(field), value, message, fix);
}
