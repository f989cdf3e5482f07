using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Serving.Caching;

namespace LoadLab.Model.Server.Tests;

public sealed class WanVideoWorkerTests
{
    private static readonly WanModelSpec Pico = ModelCatalog.Ti2V5BPico;

    [Fact]
    public void Wherever_the_text_encoder_works_the_clip_is_the_same()
    {
        using var folder = new TemporaryFolder();
        var (resident, all) = Clip(ResidencyChoice.Resident, folder.Path, 64 << 20);
        foreach (var choice in new[] { ResidencyChoice.Auto, ResidencyChoice.CpuText, ResidencyChoice.OffloadText })
        {
            var (clip, live) = Clip(choice, folder.Path, 64 << 20);
            Assert.Equal(resident, clip);
            Assert.Equal(choice == ResidencyChoice.Auto, live == all);
        }
    }

    [Fact]
    public void Auto_takes_a_smaller_plan_where_not_all_can_stay()
    {
        using var folder = new TemporaryFolder();
        var table = WanVideoWorker.Fit(Options(ResidencyChoice.Auto, folder.Path, long.MaxValue), Pico);
        var tight = table.Choose(ResidencyChoice.Resident)!.PeakBytes - 1;
        var (resident, all) = Clip(ResidencyChoice.Resident, folder.Path, 64 << 20);
        var (clip, live) = Clip(ResidencyChoice.Auto, folder.Path, tight);
        Assert.Equal(resident, clip);
        Assert.True(live < all);
    }

    [Fact]
    public void The_scenarios_text_cache_reaches_the_worker()
    {
        using var folder = new TemporaryFolder();
        var options = Options(ResidencyChoice.CpuText, folder.Path, 64 << 20) with { Serving = new ServingOptions { TextCache = new TextCacheOptions { Bytes = 4321 } } };
        Assert.Equal(4321, OnItsThread(() =>
        {
            using var worker = WanVideoWorker.Create(options, Pico);
            return worker.TextCache.CapacityBytes;
        }));
    }

    private static ModelServerOptions Options(ResidencyChoice choice, string folder, long memoryBytes) =>
        new() { Model = Pico.Name, WeightsFolder = folder, MemoryBytes = memoryBytes, Threads = 1, Residency = choice };

    // On a thread of its own: a worker keeps its thread to some processors.
    private static (byte[] Rgb, long LiveBytes) Clip(ResidencyChoice choice, string folder, long memoryBytes) => OnItsThread(() => Work(choice, folder, memoryBytes));

    private static T OnItsThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).GetAwaiter().GetResult();

    private static (byte[] Rgb, long LiveBytes) Work(ResidencyChoice choice, string folder, long memoryBytes)
    {
        using var worker = WanVideoWorker.Create(Options(choice, folder, memoryBytes), Pico);
        worker.Load(new ModelId(Pico.Name));
        var live = worker.Memory.LiveBytes;
        using var batch = worker.Open([new VideoTask(new ModelId(Pico.Name), Pico.Native, new VideoJob("two cats", 1), Pico.FramesPerSecond)]);
        batch.Text();
        while (!batch.IsDenoised)
        {
            batch.Step();
        }

        return (batch.Decode(0).Rgb, live);
    }
}
