using System.CommandLine;
using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Engine.Targets;
using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Probe;
using LoadLab.Model.Residency;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Weights;
using LoadLab.Reports;
using LoadLab.Sensors;
using LoadLab.Tensors;

namespace LoadLab.Cli.Verbs;

/// <summary>probe: whether the model is steady enough to measure with.</summary>
internal static class ProbeVerb
{
    private const long DefaultMemoryBytes = 4L << 30;
    private const string DefaultModel = "wan2.2-ti2v-5b-nano";
    private const int DefaultMinutes = 30;

    public static Command Create()
    {
        var model = Verb.Text("--model", $"catalogue name (default {DefaultModel})");
        var minutes = Verb.Whole("--minutes", $"length of the steady state (default {DefaultMinutes})", 1, 24 * 60);
        var seconds = Verb.Whole("--seconds", "the same in seconds", 1, 24 * 3600);
        var size = Verb.Text("--size", "of the clips, for example 160x96 (default: the model's own)");
        var frames = Verb.Whole("--frames", "of the clips, 4n+1 (default: the model's own)", 1, 10_000);
        var batch = Verb.Whole("--batch", "clips that share a step", 1, 1, 64);
        var threads = Verb.Whole("--threads", "compute threads", 1, 1, 1024);
        var weights = Verb.Text("--weights", "a full model's checkpoint, or drawn: random ones made on the device");
        var backend = Backends.Option();
        var type = Backends.TypeOption();
        var memory = Verb.Bytes("--memory", "most bytes on the engine (default 4GiB; on a CUDA device all of it)");
        var root = Verb.Text("--out", "folder for probe.json, pairs.csv and minutes.csv");
        return new Command("probe", "Measures how steady the model is: every denoising step beside a reference kernel.") { model, minutes, seconds, size, frames, batch, threads, weights, backend, type, memory, root }.Does((parsed, output, stop) =>
        {
            var choice = BackendChoice.Parse(parsed.GetValue(backend));
            var weightType = Backends.ParseType(parsed.GetValue(type));
            Backends.RequireUsable(choice, weightType);
            var spec = Model(parsed.GetValue(model) ?? DefaultModel);
            var source = Source(spec, parsed.GetValue(weights));
            var options = new ProbeOptions
            {
                WeightType = weightType,
                OnGpu = choice.CudaIndex is not null,
                Shape = Shape(spec, parsed.GetValue(size), parsed.GetValue(frames)),
                Batch = parsed.GetValue(batch),
                Steady = Steady(parsed.GetValue(minutes), parsed.GetValue(seconds)),
            };
            var folder = parsed.GetValue(root);
            if (folder is not null)
            {
                Directory.CreateDirectory(folder);
            }

            using var engine = Engine(choice, parsed.GetValue(memory), parsed.GetValue(threads));
            var affinity = choice.IsTorch ? "as the backend's library decides" : ThreadAffinity.Pin(parsed.GetValue(threads), ThreadAffinity.ComputeThreads);
            var row = Fit(spec, options, choice, engine, parsed.GetValue(threads));
            using var host = row.Plan.Text == TextPlace.Host ? new CpuBackend(row.HostCapacityBytes, parsed.GetValue(threads)) : null;
            var (report, pairs) = Measure(() => WanPipeline.Load(spec, source, engine, plan: row.Plan, host: host), engine, options, output.Progress, stop);
            var document = new ProbeDocument(MachineDescription.Read().Line, affinity, report);
            if (folder is not null)
            {
                ProbeFiles.Write(folder, pairs);
                JsonDocuments.Write(Path.Combine(folder, "probe.json"), document);
            }

            output.Document(document);
            Tell(document, output);
            return Task.FromResult(stop.IsCancellationRequested ? ExitCode.Interrupted : report.Passed ? ExitCode.Done : ExitCode.Failed);
        });
    }

    private static (ProbeReport Report, IReadOnlyList<ProbePair> Pairs) Measure(Func<WanPipeline> load, ITensorBackend engine, ProbeOptions options, Action<string> progress, CancellationToken stop)
    {
        try
        {
            using var pipeline = load();
            return SteadyProbe.Run(pipeline, engine, options, progress, stop);
        }
        catch (OutOfDeviceMemoryException e)
        {
            throw Verb.Bad("--memory", Show.Bytes(e.CapacityBytes), e.Message, "give more, or ask for smaller clips, fewer frames or a smaller batch");
        }
    }

    private static ITensorBackend Engine(BackendChoice choice, long? memoryBytes, int threads) => memoryBytes <= 0
        ? throw Verb.Bad("--memory", "0", "is not positive", "write for example 1GiB")
        : Backends.Create(choice, memoryBytes ?? (choice.CudaIndex is null ? DefaultMemoryBytes : Backends.CapacityBytes(choice, null)), threads);

    /// <summary>A small model is resident; a full one takes the first plan that fits, or the smallest, whose loading says what is short.</summary>
    private static FitRow Fit(WanModelSpec spec, ProbeOptions options, BackendChoice choice, ITensorBackend engine, int threads)
    {
        var processor = new CpuMemory(threads);
        var table = FitTable.Of(spec, options.Shape, options.Batch, engine.Memory.CapacityBytes, choice.IsTorch ? new GpuMemory(options.WeightType) : processor, processor);
        return table.Choose(spec.IsSeeded ? ResidencyChoice.Resident : ResidencyChoice.Auto) ?? table.Smallest;
    }

    private static WanModelSpec Model(string name) =>
        ModelCatalog.Find(name) ?? throw Verb.Bad("--model", name, "is not known", $"write {string.Join(", ", ModelCatalog.All.Select(model => model.Name))}");

    private static WeightsSource Source(WanModelSpec spec, string? weights)
    {
        var source = weights switch
        {
            TargetOptions.DrawnWeights => new WeightsSource.Drawn(),
            { } folder => WeightsSource.Of(spec, folder),
            null when spec.IsSeeded => new WeightsSource.Seeded(Host.WeightsCache),
            null => throw Verb.Bad("--weights", "", $"is needed: {spec.Name} has weights of its own", "give its checkpoint's folder, or drawn"),
        };
        var problems = WeightsCheck.Problems(spec, source);
        return problems.Count == 0 ? source : throw new InputException([.. problems.Select(problem => new Problem("command line", 0, "--weights", weights, problem, "put there what is missing, or write drawn"))]);
    }

    private static TimeSpan Steady(int? minutes, int? seconds) => (minutes, seconds) switch
    {
        (not null, not null) => throw Verb.Bad("--seconds", seconds.Value.ToString(CultureInfo.InvariantCulture), "stands beside --minutes", "give one of the two"),
        (_, { } some) => TimeSpan.FromSeconds(some),
        _ => TimeSpan.FromMinutes(minutes ?? DefaultMinutes),
    };

    /// <summary>Clips of as many steps as the model takes: few of them open a clip.</summary>
    private static JobShape Shape(WanModelSpec spec, string? size, int? frames)
    {
        var (width, height) = size is null ? (spec.Native.Width, spec.Native.Height) : Size(size);
        var shape = spec.Native with { Width = width, Height = height, Frames = frames ?? spec.Native.Frames, Steps = spec.Shapes.MaxSteps };
        var problems = spec.Shapes.Check(shape);
        return problems.Count == 0
            ? shape
            : throw new InputException([.. problems.Select(problem => new Problem("command line", 0, $"--{problem.Field}", problem.Value, $"is not accepted by {spec.Name}", $"write {problem.Accepted}"))]);
    }

    private static (int Width, int Height) Size(string text) => Quantity.Size(text) ?? throw Verb.Bad("--size", text, "is not a size", "write for example 160x96");

    private static void Tell(ProbeDocument document, Output output)
    {
        var report = document.Report;
        output.Line($"machine  {document.Machine}");
        output.Line($"engine   {report.Backend}; threads kept to {document.Affinity}");
        output.Line($"model    {report.Model}, {report.Width}x{report.Height}, {report.Frames} frames, batch {report.Batch}, {(report.Guided ? "guided: two forwards a step" : "not guided")}");
        output.Line($"kernel   {report.Kernel}");
        output.Line($"pairs    {report.StepSeconds.Count} over {Show.Seconds(report.SteadySeconds)}, in turn step kernel, kernel step; before them {report.WarmUpPairs} of warm-up");
        output.Line($"         {report.OpeningPairs} more whose step computed a clip's text keys: recorded, not judged");
        TellTimes(report, output);
        TellMemory(report, output);
        TellPrompts(report, output);
        Titled(output, "gates", ["gate", "value", "at most", "verdict"], report.Gates.Select(gate => (IReadOnlyList<string>)[gate.Name, Figure(gate.Value, gate.Unit), Figure(gate.Bound, gate.Unit), gate.Passed ? "passed" : "FAILED"]));
    }

    private static void TellTimes(ProbeReport report, Output output)
    {
        Titled(
            output,
            "times of the steady state, nothing trimmed but in the last column",
            ["", "median", "CV", "min", "p1", "p99", "max", "CV of p1..p99"],
            [Row("step", report.StepSeconds, Show.Seconds), Row("kernel", report.KernelSeconds, Show.Seconds), Row("step/kernel", report.Ratio, Ratio)]);
        var drift = report.RatioDrift;
        output.Line($"drift of step/kernel  {Percent(drift.Relative)} (95 %: {Percent(drift.Low)} to {Percent(drift.High)}): Theil-Sen slope over the medians of {Drift.Slices} equal slices of time, times the duration; last tenth against first {Percent(drift.FirstToLastTenth)}");
    }

    private static void TellMemory(ProbeReport report, Output output)
    {
        Titled(output, "peak bytes of whole clips", ["prompt", "peak", "repetitions"], report.Peaks.Select(peak => (IReadOnlyList<string>)[peak.Prompt, Count(peak.PeakBytes[0]), peak.PeakBytes.Distinct().Count() == 1 ? $"{peak.PeakBytes.Count} identical" : string.Join(" ", peak.PeakBytes)]));
        var memory = report.Memory;
        output.Line($"managed heap: {Count(memory.ManagedBytesPerStep)} bytes a step; collections {memory.Gen0Collections}, {memory.Gen1Collections}, {memory.Gen2Collections} of generations 0, 1, 2");
        output.Line($"resident set: {Show.Bytes(memory.ResidentBytes)}, drift {Percent(memory.Resident.Relative)} (95 %: {Percent(memory.Resident.Low)} to {Percent(memory.Resident.High)})");
    }

    private static void TellPrompts(ProbeReport report, Output output) => Titled(
        output,
        "time of a step against the plain prompt, by the kernel, round by round",
        ["prompt", "rounds", "median", "95 % interval", "judged"],
        report.Prompts.Select(prompt => (IReadOnlyList<string>)[prompt.Prompt, Count(prompt.Change.Count), Percent(prompt.Change.Median), $"{Percent(prompt.Change.Low)} to {Percent(prompt.Change.High)}", prompt.EqualLength ? "yes" : "no: more text is more work"]));

    private static void Titled(Output output, string title, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        output.Line();
        output.Line(title);
        output.Table("", head, rows);
    }

    private static IReadOnlyList<string> Row(string name, Spread spread, Func<double, string> show) =>
        [name, show(spread.Median), Points(spread.Cv), show(spread.Min), show(spread.P1), show(spread.P99), show(spread.Max), Points(spread.TrimmedCv)];

    private static string Figure(double value, GateUnit unit) => unit == GateUnit.Share ? Points(value) : Count(value);

    private static string Points(double share) => double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.00} %") : "–";

    private static string Percent(double share) => double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:+0.00;-0.00;0.00} %") : "–";

    private static string Ratio(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.000}");

    private static string Count(double value) => double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{value:0}") : "–";

    internal sealed record ProbeDocument(string Machine, string Affinity, ProbeReport Report);
}
