using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;

namespace LoadLab.Cli.Tests;

public sealed class DeviceReportTests : IDisposable
{
    private const string Gpu = "NVIDIA GeForce RTX 4090";
    private const double PublishedSeconds = 534.7;
    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-device-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(PublishedSeconds, 1.0, "representative")]
    [InlineData(PublishedSeconds * 1.9, 1 / 1.9, "representative")]
    [InlineData(PublishedSeconds * 2.1, 1 / 2.1, "not representative: below half of the published speed")]
    public void Full_model_is_stamped_by_the_published_speed_of_its_device(double seconds, double share, string stamp)
    {
        var report = Report(Record("wan2.2-ti2v-5b", 1280, 704, 121, 50, seconds));

        var service = Assert.Single(report.Services);
        Assert.Equal(share, service.OfPublished!.Value, 9);
        Assert.Equal(stamp, service.Stamp);
        Assert.Equal(stamp != "representative", report.NotRepresentative);
        Assert.Contains("534.7", report.Published);
    }

    [Fact]
    public void Published_speed_over_peak_is_what_the_table_s_cross_check_found()
    {
        // 51.7 PFLOP of denoising in 534.7 s are 97 TFLOP/s, 59 % of 165; the decoder's 2 PFLOP come on top.
        var service = Assert.Single(Report(Record("wan2.2-ti2v-5b", 1280, 704, 121, 50, PublishedSeconds)).Services);
        Assert.InRange(service.OfPeak!.Value, 0.59, 0.62);
    }

    [Fact]
    public void Small_model_is_not_compared() =>
        Assert.StartsWith("not compared", Assert.Single(Report(Record("wan2.2-ti2v-5b-nano", 160, 96, 9, 8, 1)).Services).Stamp);

    [Fact]
    public void Unknown_device_has_speeds_but_no_shares()
    {
        var run = Record("wan2.2-ti2v-5b", 1280, 704, 121, 50, 100);
        var report = DeviceReport.Of([run], Calibration.FromRuns([run]), "Accelerator X", null);
        var service = Assert.Single(report.Services);
        Assert.NotNull(service.WholeFlopsPerSecond);
        Assert.Null(service.OfPeak);
        Assert.Null(service.OfPublished);
        Assert.False(report.NotRepresentative);
    }

    [Fact]
    public void Use_of_the_device_comes_from_the_samples_of_the_gpu_that_worked()
    {
        var run = Record("wan2.2-ti2v-5b", 1280, 704, 121, 50, 100);
        using (var samples = new SamplesWriter(run.File(SamplesFile.Name)))
        {
            samples.Write(
            [
                new(At(-1), "gpu0", "kernel.active", "share", 0),
                new(At(-1), "gpu1", "kernel.active", "share", 0),
                new(At(75), "gpu1", "kernel.active", "share", 1),
                new(At(0), "gpu0", "memory.used", "bytes", 7e9),
                new(At(0), "gpu1", "memory.used", "bytes", 1e9),
                new(At(80), "gpu1", "memory.used", "bytes", 2e10),
                new(At(0), "gpu1", "energy", "J", 50),
                new(At(200), "gpu1", "energy", "J", 60_050),
            ]);
        }

        var used = Assert.Single(Report(run).Runs);
        Assert.Equal((3, 3), (used.Planned, used.Completed));
        Assert.Equal(300, used.WindowSeconds, 6);
        Assert.Equal(0.75, used.KernelActive.Value!.Value, 6);
        Assert.Equal(2e10, used.PeakMemoryBytes.Value);
        Assert.Equal(60_000, used.Joules.Value);
        Assert.Equal(20_000, used.JoulesPerCompleted.Value);
        Assert.Equal(used.AchievedFlopsPerSecond.Value / 165e12, used.AchievedOfPeak.Value);
    }

    [Theory]
    [InlineData("NVIDIA H200", 989e12)]
    [InlineData("NVIDIA H20", 148e12)]
    [InlineData("NVIDIA H100 PCIe", 756e12)]
    [InlineData("NVIDIA A100-SXM4-80GB", 312e12)]
    public void Device_is_found_by_its_driver_s_name(string name, double peak) => Assert.Equal(peak, GpuPeaks.Find(name)!.DenseBf16Flops);

    private static DeviceReport Report(RunFolder run) => DeviceReport.Of([run], Calibration.FromRuns([run]), Gpu, null);

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);

    /// <summary>Three calls, one after the other without a gap; the first is warm-up.</summary>
    private RunFolder Record(string model, int width, int height, int frames, int steps, double seconds)
    {
        var run = RunFolder.Create(_root, "device", DateTimeOffset.UnixEpoch);
        var planned = Enumerable.Range(0, 3).Select(i => new ScheduledCall { Index = i, Intended = At(0), Model = model, Width = width, Height = height, Frames = frames, Steps = steps }).ToList();
        ScheduleFile.Write(run.File(ScheduleFile.Name), planned);
        using (var calls = new CallsWriter(run.File(CallsFile.Name)))
        {
            foreach (var call in planned)
            {
                var start = call.Index * seconds;
                calls.Write(CallRecord.Of(call, Outcome.Completed) with
                {
                    Sent = At(0),
                    Started = At(start),
                    TextEnd = At(start + (0.01 * seconds)),
                    DenoiseEnd = At(start + (0.9 * seconds)),
                    DecodeEnd = At(start + seconds),
                    Completed = At(start + seconds),
                    Batch = call.Index,
                    BatchSize = 1,
                    Replica = 0,
                });
            }
        }

        run.Write(new RunManifest
        {
            Scenario = "device",
            Status = "completed",
            Evidence = "real",
            Planned = planned.Count,
            ScheduleSha256 = "",
            Seed = 0,
            ScenarioText = "",
            Parts = "",
            Version = "",
            Machine = "",
            Device = "",
        });
        return run;
    }
}
