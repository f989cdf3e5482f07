using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

public sealed class HandOversTests : IDisposable
{
    private static readonly BatchId s_batch = new(4);
    private readonly TemporaryFolder _folder = new();
    private readonly ClipStore _clips;
    private readonly JobStore _jobs;
    private readonly HandOvers _handOvers;

    public HandOversTests()
    {
        _clips = new ClipStore(Path.Combine(_folder.Path, "clips"), 1 << 20);
        _jobs = new JobStore(_clips);
        _handOvers = new HandOvers(_jobs);
    }

    public void Dispose()
    {
        _clips.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_is_kept_is_taken_once()
    {
        var jobs = new[] { Job(), Job() };
        var made = Made(jobs);
        _handOvers.Keep(s_batch, made);
        Assert.Equal((1, 2 * 10 * 4), (_handOvers.Count, _handOvers.Bytes));

        Assert.Same(made, _handOvers.Take(s_batch, jobs));
        Assert.Null(_handOvers.Take(s_batch, jobs));
        Assert.Equal(0, _handOvers.Bytes);
    }

    [Fact]
    public void It_is_gone_when_the_last_of_its_jobs_has_ended()
    {
        var (one, other) = (Job(), Job());
        _handOvers.Keep(s_batch, Made(one, other));

        End(one);
        Assert.Equal(1, _handOvers.Count);
        End(other);
        Assert.Equal(0, _handOvers.Count);
    }

    [Fact]
    public void It_is_gone_when_its_jobs_are_queued_again_because_a_replica_was_lost()
    {
        var job = Job();
        _handOvers.Keep(s_batch, Made(job));
        _handOvers.Decided(new Decision.Retry(job, 2, Instant.Zero, "replica-lost"));
        Assert.Equal(0, _handOvers.Count);
        Assert.Null(_handOvers.Take(s_batch, [job]));
    }

    [Fact]
    public void Jobs_that_ended_while_their_stage_ran_are_not_kept()
    {
        var job = Job();
        End(job);
        _handOvers.Keep(s_batch, Made(job));
        Assert.Equal(0, _handOvers.Count);
    }

    [Fact]
    public void A_replica_started_for_jobs_that_have_all_ended_gets_no_jobs_rather_than_a_fault()
    {
        var job = Job();
        _handOvers.Keep(s_batch, Made(job));
        End(job);
        Assert.Empty(_handOvers.Take(s_batch, [job])!.Jobs);
    }

    [Fact]
    public void Other_batches_stay()
    {
        var (one, other) = (Job(), Job());
        _handOvers.Keep(s_batch, Made(one));
        _handOvers.Keep(new BatchId(5), Made(other));
        End(one);
        Assert.NotNull(_handOvers.Take(new BatchId(5), [other]));
    }

    private static HandOver Made(params JobId[] jobs) => new(jobs, new BatchState(4, [.. jobs.Select(_ => new JobState(null, null, new float[10]))]));

    private JobId Job() => _jobs.Add(id => (
        new JobView { Id = id, Model = new ModelId("m"), Received = Instant.Zero, Width = 32, Height = 32, Frames = 1, Steps = 4 },
        new VideoTask(new ModelId("m"), new JobShape(32, 32, 1, 4), new VideoJob("a", 1), 24))).Snapshot.Id;

    private void End(JobId job)
    {
        _jobs.End(job, Instant.Zero, JobStatus.Cancelled, "cancelled", null);
        _handOvers.Decided(new Decision.Drop(job, "cancelled"));
    }
}
