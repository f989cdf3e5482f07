using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Emulation;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Profiles;

namespace LoadLab.Model.Server.Tests.Replicas;

public sealed class EmulatedReplicaTests : IDisposable
{
    private static readonly ReplicaId s_id = new(3);
    private static readonly ModelId s_model = new("wan2.2-t2v-a14b");
    private static readonly BatchId s_batch = new(9);
    private readonly TimerQueue _timers = new();
    private readonly EventLog _log = new(s_model, new JobShape(832, 480, 81, 4));

    public void Dispose() => _timers.Dispose();

    [Fact]
    public void A_load_answers_loaded_and_the_memory_that_the_weights_leave()
    {
        var replica = Loaded(Split, memory: 80);

        Assert.Equal(1, _log.Loads);
        Assert.Equal((30, 80), (replica.Memory.LiveBytes, replica.Memory.CapacityBytes));
    }

    [Fact]
    public void A_model_that_does_not_fit_answers_load_failed()
    {
        var replica = Create(Split, memory: 20);
        replica.Load(s_model);

        Assert.Contains("out of device memory", Assert.IsType<ServingEvent.LoadFailed>(_log.Take()).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_load_of_the_loaded_model_is_a_ping()
    {
        var replica = Loaded(Split, memory: 80);
        replica.Load(s_model);

        Assert.Equal([new ServingEvent.ModelLoaded(s_id, s_model), new ServingEvent.MemoryObserved(s_id, 50)], _log.Take(2));
        Assert.Equal((1, 1), (_log.Loads, _log.Pings));
    }

    [Fact]
    public void A_whole_batch_answers_its_stages_its_steps_and_its_end()
    {
        var replica = Loaded(Split, memory: 80);
        replica.Start(s_batch, Stage.Whole, 0, [new JobId(0), new JobId(1)]);

        Assert.Equal(
            [
                new ServingEvent.StageDone(s_id, s_batch, Stage.Text),
                new ServingEvent.StageDone(s_id, s_batch, Stage.Denoise),
                new ServingEvent.StageDone(s_id, s_batch, Stage.Decode),
                new ServingEvent.MemoryObserved(s_id, 50),
                new ServingEvent.BatchDone(s_id, s_batch),
            ],
            _log.Take(5));
        Assert.Equal([1, 2, 3, 4], _log.Steps.Where(step => step.Job.Value == 1).Select(step => step.Steps));
        Assert.Equal([new JobId(0), new JobId(1)], _log.Clips);
        Assert.Equal(70, replica.Memory.PeakBytes);
    }

    [Fact]
    public void A_whole_that_the_profile_does_not_split_tells_no_end_of_text_or_denoising()
    {
        var replica = Loaded(Unsplit);
        replica.Start(s_batch, Stage.Whole, 0, [new JobId(0)]);

        Assert.Equal([new ServingEvent.StageDone(s_id, s_batch, Stage.Decode), new ServingEvent.BatchDone(s_id, s_batch)], _log.Take(2));
    }

    [Fact]
    public void Stages_run_alone_on_a_replica_each_and_only_the_last_ends_the_batch()
    {
        var replica = Loaded(Split);
        replica.Start(s_batch, Stage.Text, 0, [new JobId(0)]);
        Assert.Equal(new ServingEvent.StageDone(s_id, s_batch, Stage.Text), _log.Take());
        replica.Start(s_batch, Stage.Denoise, 0, [new JobId(0)]);
        Assert.Equal(new ServingEvent.StageDone(s_id, s_batch, Stage.Denoise), _log.Take());
        replica.Start(s_batch, Stage.Decode, 0, [new JobId(0)]);

        Assert.Equal([new ServingEvent.StageDone(s_id, s_batch, Stage.Decode), new ServingEvent.BatchDone(s_id, s_batch)], _log.Take(2));
    }

    [Fact]
    public void A_cancelled_job_gets_no_clip_and_a_batch_that_nobody_waits_for_ends_at_its_next_step()
    {
        var replica = Loaded(Split);
        _log.OnProgress = (job, steps) => replica.Cancel(s_batch, job);
        replica.Start(s_batch, Stage.Whole, 0, [new JobId(0), new JobId(1)]);

        Assert.Equal("cancelled", Assert.IsType<ServingEvent.BatchFailed>(_log.Until<ServingEvent.BatchFailed>()[^1]).Cause);
        Assert.Equal(2, _log.Steps.Max(step => step.Steps));
        Assert.Empty(_log.Clips);
    }

    [Fact]
    public void A_batch_past_the_memory_law_is_out_of_memory_and_the_replica_takes_the_next()
    {
        var replica = Loaded(Split, memory: 80);
        replica.Start(s_batch, Stage.Whole, 0, [new JobId(0), new JobId(1), new JobId(2)]);
        Assert.Equal("out-of-memory", Assert.IsType<ServingEvent.BatchFailed>(_log.Until<ServingEvent.BatchFailed>()[^1]).Cause);

        replica.Start(new BatchId(10), Stage.Whole, 0, [new JobId(0)]);
        _log.Until<ServingEvent.BatchDone>();
    }

    [Fact]
    public void An_unknown_shape_or_a_forgotten_job_fails_the_batch_and_says_why()
    {
        var replica = Loaded(Split with { Services = [.. Split.Services.Select(entry => entry with { Frames = 5 })] });
        replica.Start(s_batch, Stage.Whole, 0, [new JobId(0)]);
        Assert.Contains("does not know wan2.2-t2v-a14b 832x480", Assert.IsType<ServingEvent.BatchFailed>(_log.Take()).Detail, StringComparison.Ordinal);

        replica.Start(s_batch, Stage.Whole, 0, [new JobId(-1)]);
        Assert.Contains("has no payload", Assert.IsType<ServingEvent.BatchFailed>(_log.Take()).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Poison_fails_every_batch_it_is_in()
    {
        var replica = Loaded(Split, faults: new FaultOptions { Poison = "Cat" });

        for (var attempt = 0; attempt < 2; attempt++)
        {
            replica.Start(s_batch, Stage.Whole, 0, [new JobId(0)]);
            Assert.Equal("error", Assert.IsType<ServingEvent.BatchFailed>(_log.Until<ServingEvent.BatchFailed>()[^1]).Cause);
        }
    }

    [Fact]
    public void A_crash_loses_the_replica_in_the_middle_of_its_batch()
    {
        var replica = Loaded(Split, faults: new FaultOptions { CrashEvery = 1 });
        replica.Start(s_batch, Stage.Whole, 0, [new JobId(0)]);

        Assert.Equal(new ServingEvent.ReplicaLost(s_id, "crashed: an injected fault"), _log.Until<ServingEvent.ReplicaLost>()[^1]);
        Assert.Equal(2, _log.Steps.Max(step => step.Steps));
        Assert.True(replica.HasEnded);
    }

    [Fact]
    public void Leaving_ends_the_replica_after_its_batch_and_stopping_at_once()
    {
        var leaving = Loaded(Split);
        leaving.Start(s_batch, Stage.Whole, 0, [new JobId(0)]);
        leaving.Leave("released");
        Assert.Equal([new ServingEvent.BatchDone(s_id, s_batch), new ServingEvent.ReplicaLost(s_id, "released")], _log.Until<ServingEvent.ReplicaLost>()[^2..]);

        var stopping = Loaded(Split, speed: 1);
        stopping.Start(s_batch, Stage.Whole, 0, [new JobId(0)]);
        stopping.Stop();
        var ends = _log.Take(2);
        Assert.Equal("shutdown", Assert.IsType<ServingEvent.BatchFailed>(ends[0]).Cause);
        Assert.Equal(new ServingEvent.ReplicaLost(s_id, "stopped"), ends[1]);
    }

    [Fact]
    public void Times_are_the_jobs_own_divided_by_the_speed_with_the_penalty_of_a_first_call()
    {
        var profile = Split with { FirstCallPenaltyS = 100, ColdStart = new SampledTime { MeanS = 50 } };
        var work = new EmulatedWork(new EmulationOptions { Profile = profile, Speed = 10 }, new Seed(5));
        var shape = new Shape(832, 480, 81, 4, true);

        Assert.Equal(10, work.TimesOf(s_model, shape, [new JobId(0)], first: false)!.Value.Whole.Seconds, 9);
        Assert.Equal(20, work.TimesOf(s_model, shape, [new JobId(0)], first: true)!.Value.Whole.Seconds, 9);
        Assert.Equal(30, work.TimesOf(s_model, shape, [new JobId(0), new JobId(1), new JobId(2)], first: false)!.Value.Whole.Seconds, 9);
        Assert.Equal((5, 10), (work.ColdStart(s_id, 0).Seconds, work.WarmUp.Seconds));
    }

    [Fact]
    public void A_prompt_that_is_kept_takes_no_text_time()
    {
        var batch = new EmulatedBatch(s_batch, Stage.Whole, 0, [new JobId(0)], [_log.Task(new JobId(0))!], Fault.None);
        var ends = ProfileTimes.EndsOf(new ServiceTime(new SampledTime { MeanS = 100 }, 0.1, 0.8), 0, 0);

        batch.Begin(0, ends, encoded: false);
        Assert.Equal((10, 30, 100), (batch.TextEnd.Seconds, batch.NextStepEnd.Seconds, batch.End.Seconds));
        batch.Begin(0, ends, encoded: true);
        Assert.Equal((0, 20, 90), (batch.TextEnd.Seconds, batch.NextStepEnd.Seconds, batch.End.Seconds));
    }

    private static ServiceProfile Split => Unsplit with
    {
        Services = [.. Unsplit.Services.Select(entry => entry with { Text = new SampledTime { MeanS = 10 }, Denoise = new SampledTime { MeanS = 80 } })],
        Memory = new MemoryLaw { FixedBytes = 30, BytesPerPixel = 20.0 / (832 * 480 * 81), Error = 0, Count = 2 },
    };

    private static ServiceProfile Unsplit => new()
    {
        Name = "p", Device = "d", Evidence = "published",
        Services = [new ServiceEntry { Model = s_model.Name, Width = 832, Height = 480, Frames = 81, Steps = 4, Whole = new SampledTime { MeanS = 100 } }],
    };

    private EmulatedReplica Create(ServiceProfile profile, long? memory = null, FaultOptions? faults = null, double speed = 1e5)
    {
        var work = new EmulatedWork(new EmulationOptions { Profile = profile, Speed = speed, MemoryBytes = memory }, new Seed(5));
        var replica = new EmulatedReplica(s_id, ReplicaKinds.Emulated, work, new TextCacheOptions(), new FaultPlan(faults ?? new FaultOptions(), new Seed(5)), _log, _log, _timers);
        Assert.Equal(new ServingEvent.ReplicaReady(s_id), _log.Take());
        return replica;
    }

    private EmulatedReplica Loaded(ServiceProfile profile, long? memory = null, FaultOptions? faults = null, double speed = 1e5)
    {
        var replica = Create(profile, memory, faults, speed);
        replica.Load(s_model);
        Assert.Equal(new ServingEvent.ModelLoaded(s_id, s_model), _log.Take());
        if (memory is not null)
        {
            Assert.IsType<ServingEvent.MemoryObserved>(_log.Take());
        }

        return replica;
    }
}
