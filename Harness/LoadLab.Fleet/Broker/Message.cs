using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>A call as the broker keeps it: under the same name through all its deliveries.</summary>
internal sealed class Message(JobView view)
{
    /// <summary>As it was sent.</summary>
    public JobView View => view;

    /// <summary>In order; the first is the client's own call.</summary>
    public List<Delivery> Deliveries { get; } = [];

    /// <summary>When it was let in first.</summary>
    public Instant? Queued { get; set; }

    /// <summary>Nobody gets it any more: a worker has done it, or its call ended.</summary>
    public bool Deleted { get; set; }

    /// <summary>The call ended.</summary>
    public bool Done { get; set; }

    /// <summary>The call ended well; what still runs of it is for nothing.</summary>
    public bool Completed { get; set; }

    /// <summary>Whether a delivery of it waits or runs.</summary>
    public bool IsOut => Deliveries.Exists(delivery => delivery.Open);
}

/// <summary>One delivery of a message: to the serving core a job of its own.</summary>
internal sealed class Delivery(Message message, JobId job)
{
    public Message Message => message;

    public JobId Job => job;

    /// <summary>The lighter model that serves it; null = the one asked for.</summary>
    public ModelId? Lighter { get; set; }

    /// <summary>What it ran in, in order: again in another after it was preempted or its replica reclaimed.</summary>
    public List<RunningBatch> Batches { get; } = [];

    /// <summary>Whether a worker has it.</summary>
    public bool Runs { get; set; }

    /// <summary>Whether the core still knows it.</summary>
    public bool Open { get; set; } = true;

    /// <summary>Whether its visibility timeout has ended.</summary>
    public bool Returned { get; set; }

    /// <summary>When its visibility timeout ends; null when that is not set, or has passed.</summary>
    public AgendaEntry? Timeout { get; set; }
}

/// <summary>A batch as it was started, with the ends of its stages as they come.</summary>
internal sealed class RunningBatch(Decision.Start start, Instant started)
{
    public Decision.Start Start { get; set; } = start;

    public Instant Started => started;

    public List<(Instant At, Stage Stage)> Stages { get; } = [];
}
