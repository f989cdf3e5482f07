using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>Reads <c>workload.jobs</c>; one template that leaves everything to the target when absent.</summary>
internal static class JobBinder
{
    public static IReadOnlyList<JobTemplate> Bind(Section workload)
    {
        var jobs = new List<JobTemplate>();
        foreach (var (node, path) in workload.Items("jobs"))
        {
            if (Section.Open(node, path, workload.Problems) is { } job)
            {
                jobs.Add(Job(job));
                job.Close();
            }
        }

        return jobs.Count > 0 ? jobs : [new JobTemplate()];
    }

    private static JobTemplate Job(Section job)
    {
        var (width, height) = job.Size("size") ?? (0, 0);
        return new JobTemplate
        {
            Weight = job.Value("weight", Quantity.Number, weight => weight is > 0 and <= 1e9, "a number above 0", "2") ?? 1,
            Tier = job.Word("tier"),
            Tenant = job.Word("tenant"),
            Model = job.Word("model"),
            Width = width,
            Height = height,
            Frames = job.Integer("frames", 0, 1, 10_000),
            Steps = job.Integer("steps", 0, 1, 10_000),
            Guidance = job.Value("guidance", Quantity.Number, value => value is >= 0 and <= 1000, "a number from 0 to 1000", "5"),
            Quality = job.Word("quality"),
            Patience = Patience(job),
            Deadline = job.PositiveTime("deadline", WorkloadOptions.Longest),
        };
    }

    private static Patience? Patience(Section job)
    {
        if (job.Child("patience") is not { } patience)
        {
            return null;
        }

        patience.Require("median", "a duration, for example 90s");
        var median = patience.PositiveTime("median", WorkloadOptions.Longest);
        var sigma = patience.Number("sigma", 0.5, 0, 5, "0.5");
        patience.Close();
        return median is { } value ? new Patience(value, sigma) : null;
    }
}
