using System.Collections.Concurrent;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

public sealed class ModelReplicaTests : IDisposable
{
    private static readonly ReplicaId s_id = new(0);
    private static readonly ModelId s_model = new("wan2.2-ti2v-5b-pico");
    private readonly Posts _posts = new();
    private readonly Host _host = new();
    private readonly ScriptedWorker _worker = new();
    private readonly ModelReplica _replica;

    public ModelReplicaTests()
    {
        _replica = new ModelReplica(s_id, () => _worker, _host, _posts);
        Assert.Equal(new ServingEvent.ReplicaReady(s_id), _posts.Take());
    }

    public void Dispose()
    {
        _worker.StepGate.Set();
        _replica.Dispose();
    }

    [Fact]
    public void A_load_answers_loaded_and_the_free_memory()
    {
        _replica.Load(s_model);

        Assert.Equal([new ServingEvent.ModelLoaded(s_id, s_model), new ServingEvent.MemoryObserved(s_id, 400)], _posts.Take(2));
        Assert.Equal(1, _host.Loads);
    }

    [Fact]
    public void A_load_of_the_loaded_model_is_a_ping_and_no_cold_start()
    {
        _replica.Load(s_model);
        _replica.Load(s_model);

        Assert.Equal(
            [new ServingEvent.ModelLoaded(s_id, s_model), new ServingEvent.MemoryObserved(s_id, 400), new ServingEvent.ModelLoaded(s_id, s_model), new ServingEvent.MemoryObserved(s_id, 400)],
            _posts.Take(4));
        Assert.Equal((1, 1), (_host.Loads, _host.Pings));
    }

    [Fact]
    public void A_load_that_does_not_fit_answers_load_failed()
    {
        _worker.LoadFault = new OutOfDeviceMemoryException(5, 0, 3);

        _replica.Load(s_model);

        var failed = Assert.IsType<ServingEvent.LoadFailed>(_posts.Take());
        Assert.Contains("out of device memory", failed.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_batch_answers_its_stages_then_its_end()
    {
        _replica.Start(new BatchId(0), Stage.Whole, 0, [new JobId(0), new JobId(1)]);

        Assert.Equal(
            [
                new ServingEvent.StageDone(s_id, new BatchId(0), Stage.Text),
                new ServingEvent.StageDone(s_id, new BatchId(0), Stage.Denoise),
                new ServingEvent.StageDone(s_id, new BatchId(0), Stage.Decode),
                new ServingEvent.MemoryObserved(s_id, 400),
                new ServingEvent.BatchDone(s_id, new BatchId(0)),
            ],
            _posts.Take(5));
        Assert.Equal([new JobId(0), new JobId(1)], _host.Clips);
    }

    [Fact]
    public void Stages_can_be_started_one_by_one_and_leave_nothing_with_the_host()
    {
        var batch = new BatchId(3);

        _replica.Start(batch, Stage.Text, 0, [new JobId(0)]);
        _replica.Start(batch, Stage.Denoise, 0, [new JobId(0)]);
        _replica.Start(batch, Stage.Decode, 0, [new JobId(0)]);

        Assert.Equal(["StageDone", "StageDone", "StageDone", "MemoryObserved", "BatchDone"], _posts.Take(5).Select(e => e.GetType().Name));
        Assert.Empty(_host.Kept);
    }

    [Fact]
    public void A_job_that_the_next_stage_is_not_started_with_is_left_out()
    {
        var batch = new BatchId(3);

        _replica.Start(batch, Stage.Text, 0, [new JobId(0), new JobId(1)]);
        _replica.Start(batch, Stage.Denoise, 0, [new JobId(1)]);
        _replica.Start(batch, Stage.Decode, 0, [new JobId(1)]);

        Assert.IsType<ServingEvent.BatchDone>(_posts.Take(5)[^1]);
        Assert.Equal([new JobId(1)], _host.Clips);
    }

    [Fact]
    public void A_batch_cancelled_between_its_stages_ends_as_cancelled()
    {
        var batch = new BatchId(3);

        _replica.Start(batch, Stage.Text, 0, [new JobId(0)]);
        Assert.Equal(new ServingEvent.StageDone(s_id, batch, Stage.Text), _posts.Take());
        _replica.Cancel(batch, new JobId(0));
        _replica.Start(batch, Stage.Denoise, 0, [new JobId(0)]);

        Assert.Equal("cancelled", Assert.IsType<ServingEvent.BatchFailed>(_posts.Take(2)[^1]).Cause);
        Assert.Equal(0, _worker.StepsTaken);
        Assert.Empty(_host.Kept);
    }

    [Fact]
    public void A_stage_of_a_batch_that_is_not_open_fails_it()
    {
        _replica.Start(new BatchId(0), Stage.Decode, 0, [new JobId(0)]);

        Assert.Equal(["MemoryObserved", "BatchFailed"], _posts.Take(2).Select(e => e.GetType().Name));
    }

    [Fact]
    public void A_step_that_the_batch_does_not_stand_at_fails_it()
    {
        _replica.Start(new BatchId(0), Stage.Whole, 2, [new JobId(0)]);

        var failed = Assert.IsType<ServingEvent.BatchFailed>(_posts.Take(3)[^1]);
        Assert.Contains("cannot start at step 2", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replica_that_polls_takes_its_commands_and_ends_with_the_last()
    {
        var posts = new Posts();
        using var worker = new ScriptedWorker();
        using var replica = new ModelReplica(s_id, () => worker, _host, posts, static () => true);
        Assert.Equal(new ServingEvent.ReplicaReady(s_id), posts.Take());

        replica.Load(s_model);
        Assert.Equal(new ServingEvent.ModelLoaded(s_id, s_model), posts.Take(2)[0]);

        replica.Leave("asked");
        Assert.Equal(new ServingEvent.ReplicaLost(s_id, "asked"), posts.Take());
    }

    [Fact]
    public void One_cancelled_job_of_a_batch_gets_no_clip_and_the_others_do()
    {
        _worker.StepGate.Reset();
        _replica.Start(new BatchId(0), Stage.Whole, 0, [new JobId(0), new JobId(1)]);
        WaitForStep();
        _replica.Cancel(new BatchId(0), new JobId(0));
        _worker.StepGate.Set();

        Assert.IsType<ServingEvent.BatchDone>(_posts.Take(5)[^1]);
        Assert.Equal([new JobId(1)], _host.Clips);
    }

    [Fact]
    public void A_batch_whose_jobs_are_all_cancelled_ends_as_cancelled()
    {
        _worker.StepGate.Reset();
        _replica.Start(new BatchId(0), Stage.Whole, 0, [new JobId(0)]);
        WaitForStep();
        _replica.Cancel(new BatchId(0), new JobId(0));
        _worker.StepGate.Set();

        Assert.Equal("cancelled", Assert.IsType<ServingEvent.BatchFailed>(_posts.Take(3)[^1]).Cause);
        Assert.Equal(1, _worker.StepsTaken);
    }

    [Fact]
    public void Busy_time_counts_batches_and_not_waiting()
    {
        Assert.Equal(0, _replica.BusySeconds);
        _replica.Start(new BatchId(0), Stage.Whole, 0, [new JobId(0)]);
        _posts.Take(5);

        Assert.InRange(_replica.BusySeconds, 1e-9, _replica.AgeSeconds);
    }

    [Fact]
    public void Stopping_ends_the_running_batch_at_its_next_step_and_the_replica_with_it()
    {
        _worker.StepGate.Reset();
        _replica.Start(new BatchId(0), Stage.Whole, 0, [new JobId(0)]);
        WaitForStep();
        _replica.Stop();
        _worker.StepGate.Set();

        Assert.Equal(["StageDone", "MemoryObserved", "BatchFailed", "ReplicaLost"], _posts.Take(4).Select(e => e.GetType().Name));
        Assert.True(_worker.Disposed);
        Assert.True(_replica.HasEnded);
    }

    [Fact]
    public void Leaving_ends_the_replica_after_the_work_it_was_given()
    {
        _replica.Start(new BatchId(0), Stage.Whole, 0, [new JobId(0)]);
        _replica.Leave("released");

        Assert.Equal(new ServingEvent.ReplicaLost(s_id, "released"), _posts.Take(6)[^1]);
        Assert.Single(_host.Clips);
    }

    [Fact]
    public void A_worker_that_cannot_be_built_is_a_lost_replica()
    {
        var posts = new Posts();
        using var replica = new ModelReplica(new ReplicaId(7), () => throw new InvalidOperationException("no device"), _host, posts);

        Assert.Equal(new ServingEvent.ReplicaLost(new ReplicaId(7), "InvalidOperationException: no device"), posts.Take());
    }

    private void WaitForStep() => SpinWait.SpinUntil(() => _worker.StepsTaken > 0);

    private sealed class Posts : IEventSink
    {
        private readonly BlockingCollection<ServingEvent> _events = [];

        public void Post(ServingEvent e) => _events.Add(e);

        public ServingEvent Take() => _events.Take();

        public List<ServingEvent> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _events.Take())];
    }

    private sealed class Host : IBatchHost
    {
        public List<JobId> Clips { get; } = [];

        public Dictionary<BatchId, HandOver> Kept { get; } = [];

        public int Loads { get; private set; }

        public int Pings { get; private set; }

        public VideoTask? Task(JobId job) => new(s_model, new JobShape(32, 32, 1, 4), new VideoJob("a", 1), 24);

        public void Progress(JobId job, int steps)
        {
        }

        public void Store(JobId job, VideoClip clip) => Clips.Add(job);

        public void Keep(BatchId batch, HandOver made) => Kept[batch] = made;

        public HandOver? Take(BatchId batch, IReadOnlyList<JobId> jobs) => Kept.Remove(batch, out var made) ? made : null;

        public void Loaded(ReplicaId replica, ModelId model, double seconds) => Loads++;

        public void Pinged(ReplicaId replica, ModelId model, double seconds) => Pings++;
    }
}
