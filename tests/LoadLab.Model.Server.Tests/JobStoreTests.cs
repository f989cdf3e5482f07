using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

public sealed class JobStoreTests : IDisposable
{
    private static readonly ModelId s_model = new("wan2.2-ti2v-5b-pico");
    private readonly TemporaryFolder _folder = new();
    private readonly ClipStore _clips;
    private readonly JobStore _jobs;
    private readonly JobHost _host;

    public JobStoreTests()
    {
        _clips = new ClipStore(_folder.File("clips"), 10_000);
        _jobs = new JobStore(_clips);
        _host = new JobHost(_jobs, new ServerMetrics());
    }

    public void Dispose()
    {
        _clips.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Jobs_are_numbered_in_order_and_found_by_their_names_only()
    {
        var (first, second) = (Add(), Add());

        Assert.Equal((0, 1), (first.Snapshot.Id.Value, second.Snapshot.Id.Value));
        Assert.True(_jobs.TryFind(second.Snapshot.Name, out var found) && found == second);
        Assert.False(_jobs.TryFind(second.Snapshot.Name + " ", out _));
        Assert.False(_jobs.TryFind("video-1", out _));
        Assert.False(_jobs.TryFind("", out _));
    }

    [Fact]
    public void The_queue_counts_jobs_between_admission_and_start_or_end()
    {
        var jobs = Enumerable.Range(0, 3).Select(_ => Admitted()).ToList();
        Assert.Equal((3, 0), (_host.QueueLength, _host.Running));

        _host.Decided(At(2), new Decision.Start(new ReplicaId(0), new BatchId(0), Stage.Whole, 0, [jobs[0].Snapshot.Id], "first-come"));
        _host.Decided(At(3), new Decision.Drop(jobs[1].Snapshot.Id, "cancelled"));
        Assert.Equal((1, 1), (_host.QueueLength, _host.Running));

        _host.Decided(At(4), new Decision.Drop(jobs[0].Snapshot.Id, "cancelled"));
        Assert.Equal((1, 1), (_host.QueueLength, _host.Running));

        _host.Seen(At(5), new ServingEvent.BatchFailed(new ReplicaId(0), new BatchId(0), "cancelled", ""));
        Assert.Equal((1, 0), (_host.QueueLength, _host.Running));
    }

    [Fact]
    public void A_lost_replica_takes_its_batch_along()
    {
        var job = Admitted();
        _host.Decided(At(2), new Decision.Start(new ReplicaId(0), new BatchId(0), Stage.Whole, 0, [job.Snapshot.Id], "first-come"));

        _host.Seen(At(3), new ServingEvent.ReplicaLost(new ReplicaId(0), "gone"));
        _host.Decided(At(3), new Decision.Fail(job.Snapshot.Id, "replica-lost", "gone"));

        Assert.Equal(0, _host.Running);
        Assert.Equal((JobStatus.Failed, "replica-lost"), (job.Snapshot.Status, job.Snapshot.ErrorCode));
    }

    [Fact]
    public void An_end_is_final()
    {
        var job = Admitted();
        _host.Decided(At(2), new Decision.Drop(job.Snapshot.Id, "cancelled"));

        _host.Decided(At(3), new Decision.Finish(job.Snapshot.Id, "done"));
        Assert.Null(_jobs.Change(job.Snapshot.Id, snapshot => snapshot with { Step = 3 }));

        Assert.Equal((JobStatus.Cancelled, 0, At(2)), (job.Snapshot.Status, job.Snapshot.Step, job.Snapshot.Clocks.Completed));
    }

    [Fact]
    public void An_ended_job_is_forgotten_with_its_clip_when_it_is_too_old()
    {
        var (old, young) = (Admitted(), Admitted());
        _clips.Store(old.Snapshot.Id, Clip());
        _host.Decided(At(2), new Decision.Finish(old.Snapshot.Id, "done"));
        var file = _clips.PathOf(old.Snapshot.Id)!;

        _host.Decided(At(2) + JobStore.MaxAge + new Duration(1), new Decision.Finish(young.Snapshot.Id, "done"));

        Assert.False(_jobs.TryFind(old.Snapshot.Name, out _));
        Assert.True(_jobs.TryFind(young.Snapshot.Name, out _));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void The_oldest_ended_jobs_are_forgotten_past_their_number()
    {
        var jobs = Enumerable.Range(0, JobStore.MaxEnded + 2).Select(_ => Admitted()).ToList();
        foreach (var job in jobs)
        {
            _host.Decided(At(2), new Decision.Finish(job.Snapshot.Id, "done"));
        }

        Assert.Equal([false, false, true], jobs[..3].Select(job => _jobs.TryFind(job.Snapshot.Name, out _)));
    }

    [Fact]
    public void An_ended_job_keeps_no_prompt()
    {
        var job = Admitted();

        _host.Decided(At(2), new Decision.Finish(job.Snapshot.Id, "done"));

        Assert.Equal("", job.Snapshot.Task.Job.Prompt);
    }

    [Fact]
    public void A_clip_larger_than_all_that_is_kept_is_refused_and_leaves_no_file()
    {
        var job = Admitted();

        Assert.Throws<IOException>(() => _clips.Store(job.Snapshot.Id, new VideoClip(128, 128, 1, 24, new byte[128 * 128 * 3])));

        Assert.Empty(Directory.EnumerateFiles(_clips.Folder));
        Assert.Null(_clips.PathOf(job.Snapshot.Id));
    }

    [Fact]
    public void Clips_past_their_bytes_go_the_oldest_first()
    {
        var jobs = Enumerable.Range(0, 8).Select(_ => Admitted()).ToList();
        foreach (var job in jobs)
        {
            _clips.Store(job.Snapshot.Id, Clip());
        }

        // 32x32 in 4:2:0 is 1536 bytes and a header: six fit into 10,000.
        Assert.Equal([false, false, true, true, true, true, true, true], jobs.Select(job => _clips.PathOf(job.Snapshot.Id) is not null));
        Assert.Equal(6, Directory.EnumerateFiles(_clips.Folder).Count());
    }

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);

    private static VideoClip Clip() => new(32, 32, 1, 24, new byte[32 * 32 * 3]);

    private JobEntry Add() => _jobs.Add(id => (
        new JobView { Id = id, Received = At(0), Model = s_model, Width = 32, Height = 32, Frames = 1, Steps = 4 },
        new VideoTask(s_model, new JobShape(32, 32, 1, 4), new VideoJob("a", 1), 24)));

    private JobEntry Admitted()
    {
        var entry = Add();
        _host.Decided(At(1), new Decision.Admit(entry.Snapshot.Id, "queued"));
        return entry;
    }
}
