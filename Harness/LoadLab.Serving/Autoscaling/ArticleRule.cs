using LoadLab.Core;

namespace LoadLab.Serving.Autoscaling;

/// <summary>
/// The scaling rule that articles on text-to-video serving print: if utilisation &gt; 0.8 and pending &gt; 5 then one replica more, else if utilisation &lt; 0.3
/// and replicas &gt; 1 then one fewer. Utilisation is the busy share of the interval that just ended. Bounds and a cooldown are ours; without them the rule has none.
/// </summary>
internal sealed class ArticleRule(AutoscalerOptions options) : IAutoscaler
{
    private Instant? _changed;

    public int Initial => options.Min;

    public Duration? Interval => options.Interval;

    public ScaleDecision Decide(Instant now, FleetSnapshot fleet)
    {
        var (wanted, reason) = Rule(fleet);
        if (wanted == fleet.Replicas)
        {
            return new(wanted, reason);
        }

        if (_changed is { } changed && now - changed < options.Cooldown)
        {
            return new(fleet.Replicas, "cooldown");
        }

        _changed = now;
        return new(wanted, reason);
    }

    private (int Wanted, string Reason) Rule(FleetSnapshot fleet)
    {
        if (fleet.BusyShare > options.High && fleet.Pending > options.Pending)
        {
            return fleet.Replicas < options.Max ? (fleet.Replicas + 1, "busy-and-pending") : (fleet.Replicas, "at-max");
        }

        if (fleet.BusyShare < options.Low)
        {
            return fleet.Replicas > options.Min ? (fleet.Replicas - 1, "idle") : (fleet.Replicas, "at-min");
        }

        return (fleet.Replicas, "steady");
    }
}
