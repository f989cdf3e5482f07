using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Fleet;

/// <summary>
/// Machines that the provider may take back; the scenario's key <c>fleet.spot</c>. A reclaimed replica's jobs go on elsewhere from their last checkpoint, or start again, and spend no
/// retry.
/// </summary>
public sealed record SpotOptions
{
    /// <summary>Mean of the exponential time from a replica's existing to its notice; null = nothing is ever reclaimed.</summary>
    public Duration? MeanTimeToReclaim { get; init; }

    /// <summary>From the notice to the loss; zero = there is no notice.</summary>
    public Duration Notice { get; init; }

    /// <summary>What the order that follows a notice, or a loss without one, waits before its provisioning begins.</summary>
    public Duration Replacement { get; init; }

    public CheckpointOptions Checkpoint { get; init; } = new();

    internal static SpotOptions Bind(Section fleet)
    {
        if (fleet.Child("spot") is not { } section)
        {
            return new SpotOptions();
        }

        var options = new SpotOptions
        {
            MeanTimeToReclaim = section.Value("meanTimeToReclaim", Quantity.Time, time => time >= Duration.FromMilliseconds(1), "a duration of at least 1ms", "2h"),
            Notice = section.Time("notice", Duration.Zero),
            Replacement = section.Time("replacement", Duration.Zero),
            Checkpoint = CheckpointOptions.Bind(section),
        };
        if (!section.Has("meanTimeToReclaim"))
        {
            section.Missing("meanTimeToReclaim", "2h");
        }

        if (options.Checkpoint.OnNotice && options.Notice <= options.Checkpoint.Takes)
        {
            section.Problems.Add(
                section.Find("checkpoint")!, section.PathOf("checkpoint.onNotice"), "true", $"has no time: the notice of {options.Notice.Seconds}s is not longer than a checkpoint, {options.Checkpoint.Takes.Seconds}s",
                "write a longer notice, or leave onNotice out");
        }

        section.Close();
        return options;
    }
}

/// <summary>When a batch's state is kept outside its replica. Of a batch that runs whole; the stages of a pipeline keep none.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Denoise steps between two; 0 = none. <see cref="Serving.Recovery.CheckpointInterval.Young"/> says how many are best.</summary>
    public int Every { get; init; }

    /// <summary>How long the batch stands still for one.</summary>
    public Duration Takes { get; init; }

    /// <summary>Whether a notice brings one, at the last step that leaves time for it.</summary>
    public bool OnNotice { get; init; }

    internal static CheckpointOptions Bind(Section spot)
    {
        if (spot.Child("checkpoint") is not { } section)
        {
            return new CheckpointOptions();
        }

        var options = new CheckpointOptions
        {
            Every = section.Text("every") == "none" ? 0 : section.Integer("every", 0, 1, 10_000),
            Takes = section.Time("takes", Duration.Zero),
            OnNotice = section.Flag("onNotice", false),
        };
        section.Close();
        return options;
    }
}
