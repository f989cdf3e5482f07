using LoadLab.Core;
using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Reports;
using LoadLab.Sensors;

namespace LoadLab.Cli.Verbs;

/// <summary>doctor's view of memory, all of it by formula: which plan of the full models fits which device, or every plan of one case. Nothing is allocated.</summary>
internal static class DoctorFit
{
    private static readonly int[] s_cardGibibytes = [24, 32, 48, 80, 96, 141, 192];

    private static readonly (WanModelSpec Model, JobShape Shape)[] s_cases =
    [
        (ModelCatalog.Ti2V5B, ModelCatalog.Ti2V5B.Native),
        (ModelCatalog.Ti2V5B, new JobShape(832, 480, 81, 50)),
        (ModelCatalog.T2VA14B, new JobShape(832, 480, 81, 40)),
        (ModelCatalog.T2VA14B, ModelCatalog.T2VA14B.Native),
    ];

    private static int HostThreads => Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>Common cards, under the GPU's formula.</summary>
    public static IEnumerable<MemoryDevice> Cards => s_cardGibibytes.Select(gibibytes => new MemoryDevice($"{gibibytes} GiB card", (long)gibibytes << 30, new GpuMemory()));

    /// <summary>This machine's device first, then common cards.</summary>
    public static IReadOnlyList<MemoryDevice> Devices(MachineDescription machine, DeviceDescription device) =>
        [OfMachine(machine, device), .. Cards];

    /// <summary>The GPU of this machine with the most memory, or its processor with the memory it may use.</summary>
    public static MemoryDevice OfMachine(MachineDescription machine, DeviceDescription device)
    {
        if (device.Gpus.MaxBy(gpu => gpu.MemoryBytes) is { MemoryBytes: > 0 } gpu)
        {
            return new MemoryDevice($"this machine: {gpu.Name}", gpu.MemoryBytes, new GpuMemory());
        }

        var bytes = Math.Min(machine.MemoryBytes ?? 0, machine.CgroupMemoryBytes ?? long.MaxValue);
        return new MemoryDevice("this machine: processor", bytes, new CpuMemory(HostThreads));
    }

    /// <summary>A device of so much memory: a card for a full model; for a small one whatever this machine has.</summary>
    public static MemoryDevice Asked(WanModelSpec model, long bytes, MemoryDevice machine) =>
        new("a device of that size", bytes, model.IsSeeded ? machine.Engine : new GpuMemory());

    /// <summary>Each full model and clip on each device.</summary>
    public static IReadOnlyList<FitFinding> Findings(IEnumerable<MemoryDevice> devices) =>
        [.. s_cases.SelectMany(one => devices, (one, device) => Finding(Table(one.Model, one.Shape, batch: 1, device), device))];

    public static FitTable Table(WanModelSpec model, JobShape shape, int batch, MemoryDevice device) =>
        FitTable.Of(model, shape, batch, device.Bytes, device.Engine, new CpuMemory(HostThreads));

    /// <summary>Every plan of one case, in the order of preference.</summary>
    public static FitDocument Document(FitTable table, MemoryDevice device) => new(
        table.Model, $"{table.Shape.Width}x{table.Shape.Height}", table.Shape.Frames, table.Batch, device.Name, device.Engine.Name, device.Bytes, table.Chosen?.Plan.Words,
        [.. table.Rows.Select(row => new FitPlan(row.Plan.Words, row.TextBytes, row.DenoiseBytes, row.DecodeBytes, row.PeakBytes, row.HostBytes, row.Seconds, row.Fits))]);

    public static void Print(Output output, IReadOnlyList<FitFinding> findings)
    {
        output.Line("What fits, by formula: one clip at a time, guided, prompts of full length.");
        output.Table(
            "",
            ["model", "clip", "device", "plan", "peak", "at", "adds to a batch"],
            findings.Select(fit => (IReadOnlyList<string>)[fit.Model, fit.Clip, fit.Device, .. Cells(fit)]));
        output.Line(Assumptions);
    }

    /// <summary>What a row says of a device: the plan, its peak and stage, what it costs; or by how much nothing fits.</summary>
    public static IReadOnlyList<string> Cells(FitFinding fit) => fit.Plan is null
        ? ["none fits", $"{Gibibytes(fit.PeakBytes)} at least", fit.PeakStage, ""]
        : [fit.Plan, Gibibytes(fit.PeakBytes), fit.PeakStage, Cost(fit.Seconds, fit.HostBytes)];

    public static void Print(Output output, FitDocument fit)
    {
        output.Line(Show.Inv($"By formula: {fit.Model}, {fit.Size}x{fit.Frames}, batch {fit.Batch}, on {fit.Device}: {Gibibytes(fit.DeviceBytes)}; {fit.Engine}."));
        output.Table(
            "",
            ["plan", "text", "denoise", "decode", "peak", "fits", "adds to a batch"],
            fit.Plans.Select(plan => (IReadOnlyList<string>)[plan.Plan, Gibibytes(plan.TextBytes), Gibibytes(plan.DenoiseBytes), Gibibytes(plan.DecodeBytes), Gibibytes(plan.PeakBytes), plan.Fits ? "yes" : "no", Cost(plan.Seconds, plan.HostBytes)]));
        output.Line(fit.Chosen is null ? "chosen: none, nothing fits" : $"chosen: {fit.Chosen}");
        output.Line(Assumptions);
    }

    /// <summary>What the figures rest on beside the formula.</summary>
    public static string Assumptions => Show.Inv(
        $"Fits: the peak leaves {FitTable.Reserve * 100:0} % of the device. Assumed: weights are read again at {FitTable.ReadBytesPerSecond / 1e9:0} GB/s; a text encoder on the processor runs at {FitTable.HostFlopsPerSecond / 1e9:0} GFLOP/s; on a GPU {Show.Bytes(GpuMemory.ContextBytes)} for the driver and {GpuMemory.Slack * 100:0} % of the working set for the allocator, and a GELU of several calls.");

    private static FitFinding Finding(FitTable table, MemoryDevice device)
    {
        var row = table.Chosen ?? table.Smallest;
        return new FitFinding(
            table.Model, $"{table.Shape.Width}x{table.Shape.Height}", table.Shape.Frames, device.Name, device.Engine.Name, device.Bytes,
            table.Chosen?.Plan.Words, row.PeakBytes, row.PeakStage, row.HostBytes, row.Seconds);
    }

    private static string Gibibytes(long bytes) => Show.Inv($"{bytes / (double)(1L << 30):0.0} GiB");

    private static string Cost(double seconds, long hostBytes) =>
        (seconds == 0 ? "nothing" : Show.Inv($"{seconds:0.0} s")) + (hostBytes == 0 ? "" : $" and {Gibibytes(hostBytes)} of the host");

    /// <summary>A device to plan for.</summary>
    internal sealed record MemoryDevice(string Name, long Bytes, EngineMemory Engine);

    /// <summary>The plan chosen for a model on a device. Plan is null when none fits; the peak is then the least that any plan takes.</summary>
    internal sealed record FitFinding(
        string Model, string Size, int Frames, string Device, string Engine, long DeviceBytes, string? Plan, long PeakBytes, string PeakStage, long HostBytes, double Seconds)
    {
        internal string Clip => $"{Size}x{Frames}";
    }

    /// <summary>Every plan of one case. Bytes are by formula.</summary>
    internal sealed record FitDocument(
        string Model, string Size, int Frames, int Batch, string Device, string Engine, long DeviceBytes, string? Chosen, IReadOnlyList<FitPlan> Plans);

    internal sealed record FitPlan(string Plan, long TextBytes, long DenoiseBytes, long DecodeBytes, long PeakBytes, long HostBytes, double Seconds, bool Fits);
}
