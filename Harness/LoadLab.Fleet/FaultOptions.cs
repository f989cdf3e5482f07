using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Fleet;

/// <summary>What becomes of a replica that breaks.</summary>
public enum AfterFault
{
    /// <summary>It is lost; another is ordered and comes when the node is repaired.</summary>
    Replace,

    /// <summary>The same replica is down for the time of the repair, and still paid for.</summary>
    Repair,
}

/// <summary>What becomes of the batch of a replica that is repaired.</summary>
public enum WorkAfterRepair
{
    /// <summary>It goes on where it was.</summary>
    Resume,

    /// <summary>It starts again.</summary>
    Restart,
}

/// <summary>What breaks in a simulation, to see what a policy makes of it; the scenario's key <c>fleet.faults</c>. Every draw has a stream of its own: two policies meet the same faults.</summary>
public sealed record FaultOptions
{
    /// <summary>Mean of the exponential time after which a replica breaks, counted by <see cref="WhileBusy"/>; null = replicas never break.</summary>
    public Duration? MeanTimeToFailure { get; init; }

    /// <summary>Whether only time in which a replica runs a batch wears it out; else all of its time does.</summary>
    public bool WhileBusy { get; init; }

    public AfterFault Then { get; init; }

    /// <summary>Of a repair; with <see cref="AfterFault.Replace"/> the batch is lost with its replica.</summary>
    public WorkAfterRepair Work { get; init; }

    /// <summary>How long a repair takes, the same every time: with <see cref="AfterFault.Replace"/> the next order waits for it.</summary>
    public Duration Repair { get; init; }

    /// <summary>Share of batches that fail with cause error, after a uniform share of their time; in [0, 1].</summary>
    public double FailedBatches { get; init; }

    /// <summary>Share of prompts, by hash, that fail every batch they are in; in [0, 1].</summary>
    public double PoisonShare { get; init; }

    internal static FaultOptions Bind(Section fleet)
    {
        if (fleet.Child("faults") is not { } section)
        {
            return new FaultOptions();
        }

        var options = new FaultOptions
        {
            MeanTimeToFailure = section.Value("meanTimeToFailure", Quantity.Time, time => time >= Duration.FromMilliseconds(1), "a duration of at least 1ms", "4h"),
            WhileBusy = section.Choice("while", false, ("always", false), ("busy", true)),
            Then = section.Choice("then", AfterFault.Replace, ("replace", AfterFault.Replace), ("repair", AfterFault.Repair)),
            Work = section.Choice("work", WorkAfterRepair.Resume, ("resume", WorkAfterRepair.Resume), ("restart", WorkAfterRepair.Restart)),
            Repair = section.Time("repair", Duration.Zero),
            FailedBatches = section.Number("failedBatches", 0, 0, 1, "0.01"),
            PoisonShare = section.Number("poisonShare", 0, 0, 1, "0.001"),
        };
        CheckTheRest(section, options);
        section.Close();
        return options;
    }

    private static void CheckTheRest(Section section, FaultOptions options)
    {
        void Refuse(string field, string message, string fix) => section.Problems.Add(section.Find(field)!, section.PathOf(field), section.Text(field), message, fix);
        foreach (var field in new[] { "while", "then", "work" })
        {
            if (section.Has(field) && !section.Has("meanTimeToFailure"))
            {
                Refuse(field, "says nothing: no replica ever breaks", "add meanTimeToFailure: 4h, or leave it out");
                return;
            }
        }

        if (section.Has("work") && options.Then == AfterFault.Replace)
        {
            Refuse("work", "is of a replica that is repaired; one that is replaced loses its batch", "write then: repair, or leave work out");
        }

        if (options.Then == AfterFault.Repair && !section.Has("repair"))
        {
            section.Missing("repair", "the time that a repair takes, for example 120s");
        }
    }
}
