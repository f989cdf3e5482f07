using System.Text.Json;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Http;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Timeline;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Recovery;

namespace LoadLab.Model.Server.Tests.Http;

/// <summary>A job whose shape the lighter model refuses is not given to it: the desk knows the shapes, the core decides, the journal holds what it knew.</summary>
public sealed class FallbackFitTests
{
    private static readonly ModelId s_lighter = new(ModelCatalog.Ti2V5BPico.Name);

    [Theory]
    [InlineData("""{"prompt":"a"}""", true)]
    [InlineData("""{"prompt":"a","size":"512x512","num_frames":81}""", false)]
    [InlineData("""{"prompt":"a","num_frames":81}""", false)]
    public async Task The_desk_tells_the_core_whether_the_lighter_model_accepts_the_shape(string json, bool fits) => Assert.Equal(fits, (await ViewOf(json)).FitsFallback);

    [Fact]
    public async Task The_core_gives_the_lighter_model_only_what_fits()
    {
        var serving = new ServingOptions { Model = new ModelId(ModelCatalog.Ti2V5BNano.Name), Recovery = new RecoveryOptions { FallbackModel = s_lighter, FallbackQueue = 0 } };
        var core = new ServingCore(serving, new AutoscalerOptions { Kind = AutoscalerKind.Fixed, Replicas = 1 }, default);
        var view = await ViewOf("""{"prompt":"a"}""");
        core.Handle(Instant.Zero, new ServingEvent.Started());

        Decision.Admit Admit(long number, bool fits) =>
            core.Handle(new Instant(number), new ServingEvent.Arrived(view with { Id = new JobId(number), FitsFallback = fits })).OfType<Decision.Admit>().Single();

        Assert.Equal((ModelId?)s_lighter, Admit(1, fits: true).Serve);
        Assert.Null(Admit(2, fits: false).Serve);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_journal_keeps_it(bool fits)
    {
        using var folder = new TemporaryFolder();
        var view = await ViewOf("""{"prompt":"a"}""") with { FitsFallback = fits };
        using (var writer = JournalWriter.Create(folder.File("decisions.jsonl"), new JournalHeader { Serving = new(), Autoscaler = new(), Seed = 1, EpochNs = 0 }))
        {
            writer.Write(Instant.Zero, new ServingEvent.Arrived(view));
        }

        using var reader = JournalReader.Open(folder.File("decisions.jsonl"));
        Assert.Equal(view, Assert.IsType<ServingEvent.Arrived>(Assert.Single(reader.Entries()).Event).Job);
    }

    private static async Task<JobView> ViewOf(string json)
    {
        using var folder = new TemporaryFolder();
        using var document = JsonDocument.Parse(json);
        var clock = MonotonicClock.StartNow();
        using var timeline = new LiveTimeline(clock);
        ServedModel[] models = [new(ModelCatalog.Ti2V5BNano), new(ModelCatalog.Ti2V5BPico)];
        var desk = new JobDesk(models, default, clock, timeline, new JobStore(new ClipStore(folder.Path, 1)), new ServerMetrics(new ServingOptions()), s_lighter);
        desk.Stop();
        var (entry, _) = await desk.AdmitAsync(VideoRequest.Read(document.RootElement, models, blocking: false, out _)!, Instant.Zero, CancellationToken.None);
        return entry.View;
    }
}
