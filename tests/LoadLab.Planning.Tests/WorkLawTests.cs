using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Planning.Tests;

/// <summary>GPU-seconds by outcome, of simulated runs with all rules on; a failure names the seed.</summary>
public sealed class WorkLawTests : IDisposable
{
    private readonly string _journal = Path.GetTempFileName();

    public void Dispose() => File.Delete(_journal);

    [Fact]
    public void Work_by_outcome_and_by_tenant_adds_up_to_the_replicas_busy_time_under_all_rules()
    {
        var uses = new Duration[5];
        for (ulong seed = 0; seed < 60; seed++)
        {
            var fleet = new RandomFleet(seed);
            var result = fleet.Run(File.Create(_journal));
            var (work, usage) = (WorkAccount.OfJournal(_journal), ReplicaUsageAccount.OfJournal(_journal));
            var busy = usage.Sum(replica => replica.Busy.Nanoseconds);
            Assert.True(busy == work.ByUse.Sum(time => time.Nanoseconds), $"seed {seed}: busy {busy} ns, by outcome {work.ByUse.Sum(time => time.Nanoseconds)} ns");
            var wasted = usage.Sum(replica => replica.Wasted.Nanoseconds);
            Assert.True(wasted == (work.ByUse[(int)WorkUse.Refused] + work.ByUse[(int)WorkUse.Failed]).Nanoseconds, $"seed {seed}: wasted {wasted} ns of the replicas");
            Assert.True(busy == work.ByTenant.Values.Sum(time => time.Nanoseconds), $"seed {seed}: by tenant");
            Assert.True(result.Calls.Any(call => call is { Outcome: Outcome.Rejected, DecodeEnd: not null }) == work.ByUse[(int)WorkUse.Refused] > Duration.Zero, $"seed {seed}: refused work without a refused clip, or the other way round");

            var report = CostReport.Of(Make.Basis(usage, result.Calls) with { Work = work });
            Assert.True(report.Total == report.Work.Concat(report.Parts.Skip(1)).Sum(part => part.Amount), $"seed {seed}: amounts");
            Assert.True(report.TotalCents == report.Work.Concat(report.Parts.Skip(1)).Sum(part => part.Cents), $"seed {seed}: cents");
            Assert.True(report.Total == report.Tenants.Sum(tenant => tenant.Amount), $"seed {seed}: tenants");
            Assert.Equal(new Duration(busy).Seconds, report.Work.Sum(part => part.GpuSeconds), 1e-6);
            uses = [.. uses.Zip(work.ByUse, (a, b) => a + b)];
        }

        Assert.All(uses[..4], time => Assert.True(time > Duration.Zero));
    }
}
