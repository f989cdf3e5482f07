using LoadLab.Core.Input;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Preemption;

/// <summary>
/// Which tiers may take a replica from a batch of lower tiers; the scenario's key <c>serving.preemption</c>. Preemptive-resume: the batch stops at its next denoise step
/// and its jobs go on from there later. For traffic in which a few urgent jobs stand behind long ones; useless where a denoise step is nearly all of a job.
/// </summary>
public sealed record PreemptionOptions
{
    /// <value>false without a preemption section.</value>
    public bool On { get; set; }

    /// <summary>Names of the tiers that may preempt lower ones; empty = every tier may.</summary>
    public IReadOnlyList<string> By { get; set; } = [];

    /// <summary>How often one job gives way; after that it runs to its end. Null = as often as it must.</summary>
    public int? Most { get; set; }

    /// <summary>Binds <c>preemption: { by: [vip], most: 3 }</c> of a serving section. Problems are added to the section's list.</summary>
    /// <param name="serving">The section.</param>
    /// <param name="tiers">Those of the same section.</param>
    public static PreemptionOptions Bind(Section serving, IReadOnlyList<TierOptions> tiers)
    {
        if (serving.Child("preemption") is not { } section)
        {
            return new PreemptionOptions();
        }

        var by = section.Items("by");
        foreach (var (node, path) in by.Where(item => item.Node is not ScalarNode scalar || tiers.All(tier => tier.Name != scalar.Text)))
        {
            section.Problems.Add(node, path, (node as ScalarNode)?.Text, "is not a tier of serving.tiers", $"write one of {string.Join(", ", tiers.Select(tier => tier.Name))}, or leave by out: then every tier preempts those below it");
        }

        var options = new PreemptionOptions
        {
            On = true,
            By = [.. by.Select(item => item.Node).OfType<ScalarNode>().Select(node => node.Text)],
            Most = (int?)section.Value("most", Quantity.Integer, value => value is >= 1 and <= 1_000_000, "a whole number from 1 to 1000000", "3"),
        };
        section.Close();
        CheckTheRest(serving, tiers);
        return options;
    }

    private static void CheckTheRest(Section serving, IReadOnlyList<TierOptions> tiers)
    {
        void Refuse(string message, string fix) => serving.Problems.Add(serving.Find("preemption")!, serving.PathOf("preemption"), null, message, fix);
        if (tiers.Select(tier => tier.Emergency ? TierTable.EmergencyPriority : tier.Priority).Distinct().Count() < 2)
        {
            Refuse("has nobody to give way: there are no two tiers of different priority", "list them under serving.tiers, or leave preemption out");
        }

        if (serving.Has("ageing"))
        {
            Refuse("contradicts serving.ageing, by which an old job of a lower tier goes first: the two would take turns at every step", "leave one of them out");
        }

        if (serving.Has("pipeline"))
        {
            Refuse("does not go with serving.pipeline, whose stages run to their ends", "leave one of them out");
        }
    }
}
