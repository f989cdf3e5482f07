using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Fleet;

/// <summary>
/// A queue between clients and workers that delivers at least once, as SQS and RabbitMQ do; the scenario's key <c>fleet.broker</c>. A job that a worker took is hidden for the
/// visibility timeout and comes back when it has not ended by then: because its worker was lost or failed, or because it takes longer than the timeout, and then it runs twice.
/// </summary>
public sealed record BrokerOptions
{
    /// <summary>How long a delivered job is hidden from the other workers, counted from its delivery or from its worker's last heartbeat.</summary>
    /// <value>5 minutes.</value>
    public Duration VisibilityTimeout { get; init; } = Duration.FromSeconds(300);

    /// <summary>Deliveries of a job after which it is a dead letter.</summary>
    /// <value>5.</value>
    public int MaxDeliveries { get; init; } = 5;

    /// <summary>How often a worker that runs a job asks for more time; null = never.</summary>
    public Duration? Heartbeat { get; init; }

    internal static BrokerOptions? Bind(Section root, Section fleet)
    {
        if (fleet.Child("broker") is not { } section)
        {
            return null;
        }

        var options = new BrokerOptions();
        options = options with
        {
            VisibilityTimeout = section.Value("visibilityTimeout", Quantity.Time, time => time >= Duration.FromMilliseconds(1), "a duration of at least 1ms", "5m") ?? options.VisibilityTimeout,
            MaxDeliveries = section.Integer("maxDeliveries", options.MaxDeliveries, 1, 1_000),
            Heartbeat = section.Text("heartbeat") is "none" ? null : section.Value("heartbeat", Quantity.Time, time => time >= Duration.FromMilliseconds(1), "none or a duration of at least 1ms", "30s"),
        };
        if (options.Heartbeat >= options.VisibilityTimeout)
        {
            section.Problems.Add(section.Find("heartbeat")!, section.PathOf("heartbeat"), section.Text("heartbeat"), "is not shorter than the visibility timeout: a job would come back before its worker asks for more time", "write a heartbeat below visibilityTimeout, or none");
        }

        if (root.Find("serving") is MappingNode serving && serving.Find("recovery") is MappingNode recovery && recovery.Find("retries") is ScalarNode { Text: not "0" } retries)
        {
            section.Problems.Add(retries, "serving.recovery.retries", retries.Text, "stands beside a broker, which delivers again by itself", "leave serving.recovery.retries out and write fleet.broker.maxDeliveries, or leave the broker out");
        }

        section.Close();
        return options;
    }
}
