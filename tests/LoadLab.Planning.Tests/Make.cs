using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Planning.Tests;

/// <summary>Small inputs of the tests.</summary>
internal static class Make
{
    public static readonly PriceOptions Verda = new() { Price = PriceTable.Shipped.Find("verda/h100-sxm/on-demand")! };

    public static CallRecord Call(int index, double at, double? latency, string tenant = "", double? started = null, int batchSize = 1, Outcome? outcome = null) => new()
    {
        Call = index,
        Intended = Instant.FromSeconds(at),
        Sent = Instant.FromSeconds(at + 0.001),
        Tenant = tenant,
        Model = "wan2.2-ti2v-5b-nano",
        Frames = 24,
        Started = started is { } s ? Instant.FromSeconds(s) : null,
        Completed = latency is { } l ? Instant.FromSeconds(at + l) : null,
        BatchSize = batchSize,
        Replica = started is null ? null : 0,
        Batch = started is null ? null : index,
        Outcome = outcome ?? (latency is null ? Outcome.Failed : Outcome.Completed),
    };

    public static ReplicaUsage Usage(int id, double from, double to, double busy, double load = 0, double drain = 0, double down = 0) => new()
    {
        Replica = new ReplicaId(id),
        Kind = new ReplicaKind("h100"),
        Provisioned = Instant.FromSeconds(from),
        Gone = Instant.FromSeconds(to),
        Busy = Duration.FromSeconds(busy),
        Load = Duration.FromSeconds(load),
        Drain = Duration.FromSeconds(drain),
        Down = Duration.FromSeconds(down),
    };

    public static CostBasis Basis(IReadOnlyList<ReplicaUsage> usage, IReadOnlyList<CallRecord> calls, PriceOptions? price = null, bool cpu = false) => new()
    {
        Usage = usage,
        Calls = calls,
        Price = price ?? Verda,
        Evidence = cpu ? Evidence.Real : Evidence.Simulated,
        Device = cpu ? "cpu" : "H100",
        DeviceIsCpu = cpu,
        RealCalls = 12,
    };

    public static Section Root(string yaml, Problems problems) =>
        Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!;
}
