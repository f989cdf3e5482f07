using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Safety;
using LoadLab.Serving;
using LoadLab.Serving.Safety;
using LoadLab.Serving.Tests.Metrics;

namespace LoadLab.Model.Server.Tests.Jobs;

public sealed class JobHostTests : IDisposable
{
    private static readonly ModelId s_model = new("wan2.2-ti2v-5b-nano");
    private static readonly ModelId s_lighter = new("wan2.2-ti2v-5b-pico");
    private static readonly ReplicaId s_replica = new(0);
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _lines = new();
    private readonly List<Content> _checked = [];
    private readonly List<DeadLetter> _letters = [];
    private readonly ClipStore _clips;
    private readonly JobStore _jobs;
    private readonly JobHost _host;

    public JobHostTests()
    {
        _clips = new ClipStore(_folder.File("clips"), 1_000_000);
        _jobs = new JobStore(_clips);
        _host = new JobHost(_jobs, new ServerMetrics())
        {
            Check = (_, content) => _checked.Add(content),
            ClipOf = _clips.PathOf,
            DeadLetter = _letters.Add,
            Lines = new PacedLines(_lines),
            Waiting = new WaitingJobs(["vip", "free"]),
        };
    }

    public void Dispose()
    {
        _clips.Dispose();
        _folder.Dispose();
        _lines.Dispose();
    }

    [Fact]
    public void A_lighter_model_that_serves_is_named_beside_the_one_asked_for()
    {
        var job = Add();
        _host.Decided(At(1), new Decision.Admit(job.Snapshot.Id, "fallback-queue", s_lighter));

        Assert.Equal((s_model, s_lighter, s_lighter), (job.Snapshot.Model, job.Snapshot.ServedModel, job.Snapshot.Task.Model));

        _host.Decided(At(2), Start(0, job));
        _host.Seen(At(3), new ServingEvent.BatchFailed(s_replica, new(0), "error", ""));
        _host.Decided(At(3), new Decision.Retry(job.Snapshot.Id, 2, At(4), "error"));
        Assert.Equal(s_lighter, job.Snapshot.ServedModel);
    }

    [Fact]
    public async Task A_refused_client_is_told_when_to_come_back()
    {
        var job = Add();
        _host.Decided(At(1), new Decision.Refuse(job.Snapshot.Id, "quota-daily", Duration.FromSeconds(60)));

        Assert.Equal(new Admission(false, "quota-daily", Duration.FromSeconds(60)), await job.Admitted.Task);
        Assert.Equal(0, _host.QueueLength);
    }

    [Fact]
    public void An_expired_job_ends_without_having_run()
    {
        var job = Admitted();
        _host.Decided(At(31), new Decision.Reject(job.Snapshot.Id, "expired", "waited 30 s"));

        Assert.Equal((JobStatus.Failed, "expired", 0, 0), (job.Snapshot.Status, job.Snapshot.ErrorCode, job.Snapshot.Attempts, _host.QueueLength));
        Assert.Null(job.Snapshot.Clocks.Started);
        Assert.Empty(_letters);
    }

    [Fact]
    public void A_retried_job_waits_again_and_keeps_its_attempts_and_its_place_in_time()
    {
        var job = Admitted();
        _host.Decided(At(2), Start(0, job));
        _host.Seen(At(3), new ServingEvent.StageDone(s_replica, new(0), Stage.Text));
        _jobs.Change(job.Snapshot.Id, snapshot => snapshot with { Step = 5 });
        Assert.Equal((0, 1), (_host.QueueLength, _host.Running));

        _host.Seen(At(4), new ServingEvent.BatchFailed(s_replica, new(0), "error", "boom"));
        _host.Decided(At(4), new Decision.Retry(job.Snapshot.Id, 2, At(5), "error"));

        var waits = job.Snapshot;
        Assert.Equal((JobStatus.Queued, 0, 0, 1, 1, 0), (waits.Status, waits.Step, waits.Progress, waits.Attempts, _host.QueueLength, _host.Running));
        Assert.Equal(new JobClocks { Received = At(0), Queued = At(1) }, waits.Clocks);
        Assert.Equal((null, null, null), (waits.Batch, waits.BatchSize, waits.Replica));
        Assert.Equal("a cat", waits.Task.Job.Prompt);

        _host.Decided(At(5), Start(1, job));
        Assert.Equal((JobStatus.InProgress, 2, At(5)), (job.Snapshot.Status, job.Snapshot.Attempts, job.Snapshot.Clocks.Started));
    }

    [Fact]
    public void What_a_lost_replica_says_late_does_not_move_a_job_that_waits()
    {
        var job = Admitted();
        _host.Decided(At(2), Start(0, job));
        _host.Seen(At(3), new ServingEvent.ReplicaLost(s_replica, "killed"));
        _host.Decided(At(3), new Decision.Retry(job.Snapshot.Id, 2, At(4), "replica-lost"));

        new BatchHost(_jobs, _clips, new ServerMetrics(), new HandOvers(_jobs)).Progress(job.Snapshot.Id, 6);
        _host.Seen(At(4), new ServingEvent.StageDone(s_replica, new(0), Stage.Denoise));

        Assert.Equal((0, null), (job.Snapshot.Step, job.Snapshot.Clocks.Denoise));
    }

    [Fact]
    public void A_prompt_is_checked_while_its_job_is_still_queued()
    {
        var job = Admitted();
        _host.Decided(At(1), new Decision.Check(job.Snapshot.Id, SafetyPhase.Before, "before"));

        Assert.Equal(new Content(job.Snapshot.Id, SafetyPhase.Before, s_model, "a cat", "00ff", null), Assert.Single(_checked));
        Assert.Equal((JobStatus.Queued, 0, SafetyPhase.Before), (job.Snapshot.Status, job.Snapshot.Progress, job.Snapshot.Checked));

        _host.Seen(At(2), new ServingEvent.SafetyChecked(job.Snapshot.Id, SafetyPhase.Before, true, ""));
        Assert.Null(job.Snapshot.Checked);
    }

    [Fact]
    public void A_refused_clip_is_checked_at_99_percent_and_never_handed_out()
    {
        var job = Admitted();
        _host.Decided(At(2), Start(0, job));
        _clips.Store(job.Snapshot.Id, new VideoClip(32, 32, 1, 24, new byte[32 * 32 * 3]));
        _host.Seen(At(8), new ServingEvent.BatchDone(s_replica, new(0)));
        _host.Decided(At(8), new Decision.Check(job.Snapshot.Id, SafetyPhase.After, "after"));

        var file = Assert.Single(_checked).ClipFile;
        Assert.True(File.Exists(file));
        Assert.Equal((JobStatus.InProgress, 99, 0, 0), (job.Snapshot.Status, job.Snapshot.Progress, _host.QueueLength, _host.Running));

        _host.Decided(At(9), new Decision.Reject(job.Snapshot.Id, "content-after", "every pixel has the same colour"));
        Assert.Equal((JobStatus.Failed, "content-after", At(9)), (job.Snapshot.Status, job.Snapshot.ErrorCode, job.Snapshot.Clocks.Completed));
        Assert.False(File.Exists(file));
        Assert.Null(_clips.PathOf(job.Snapshot.Id));
        Assert.Empty(_letters);
    }

    [Fact]
    public void Stages_on_different_replicas_are_one_attempt()
    {
        var (kept, left) = (Admitted(), Admitted());
        _host.Decided(At(2), Start(0, Stage.Text, 0, kept, left));
        _host.Seen(At(3), new ServingEvent.StageDone(new(0), new(0), Stage.Text));
        Assert.Equal((0, 2), (_host.QueueLength, _host.Running));

        _host.Decided(At(4), new Decision.Drop(left.Snapshot.Id, "cancelled"));
        Assert.Equal(1, _host.Running);

        _host.Decided(At(5), Start(0, Stage.Denoise, 1, kept));
        _host.Seen(At(9), new ServingEvent.StageDone(new(1), new(0), Stage.Denoise));
        _host.Decided(At(9), Start(0, Stage.Decode, 2, kept));
        _host.Seen(At(10), new ServingEvent.StageDone(new(2), new(0), Stage.Decode));
        Assert.Equal((1, new ReplicaId(2), 2, 1), (kept.Snapshot.Attempts, kept.Snapshot.Replica, kept.Snapshot.BatchSize, _host.Running));

        _host.Seen(At(10), new ServingEvent.BatchDone(new(2), new(0)));
        Assert.Equal(0, _host.Running);
        Assert.Equal((At(2), At(3), At(9), At(10)), (kept.Snapshot.Clocks.Started, kept.Snapshot.Clocks.Text, kept.Snapshot.Clocks.Denoise, kept.Snapshot.Clocks.Decode));
    }

    [Fact]
    public void A_batch_that_nobody_waits_for_any_more_does_not_rest_for_good()
    {
        var (first, second) = (Admitted(), Admitted());
        _host.Decided(At(2), Start(0, Stage.Text, 0, first, second));
        _host.Decided(At(2.5), new Decision.Drop(first.Snapshot.Id, "cancelled"));
        _host.Seen(At(3), new ServingEvent.StageDone(new(0), new(0), Stage.Text));
        Assert.Equal(1, _host.Running);

        _host.Decided(At(4), new Decision.Drop(second.Snapshot.Id, "cancelled"));
        Assert.Equal(0, _host.Running);
    }

    [Fact]
    public void A_model_is_loaded_as_long_as_one_replica_has_it()
    {
        _host.Seen(At(1), new ServingEvent.ModelLoaded(new(0), s_model));
        _host.Seen(At(1), new ServingEvent.ModelLoaded(new(1), s_model));
        _host.Seen(At(2), new ServingEvent.ReplicaLost(new(0), "killed"));
        Assert.Equal((true, null), (_host.ModelLoaded, _host.LoadError));

        _host.Seen(At(3), new ServingEvent.LoadFailed(new(1), s_model, "no memory"));
        Assert.Equal((false, "no memory"), (_host.ModelLoaded, _host.LoadError));
    }

    [Fact]
    public void Only_jobs_that_ran_and_failed_become_dead_letters()
    {
        var (ran, never) = (Admitted(), Admitted());
        _host.Decided(At(2), Start(0, ran));
        _host.Seen(At(3), new ServingEvent.BatchFailed(s_replica, new(0), "error", "boom"));
        _host.Decided(At(3), new Decision.Fail(ran.Snapshot.Id, "error", "boom"));
        _host.Decided(At(4), new Decision.Fail(never.Snapshot.Id, "shutdown", "the server stops"));

        Assert.Equal(new DeadLetter(3, 0, "acme", "vip", s_model.Name, 1, "error", "boom"), Assert.Single(_letters));
    }

    [Fact]
    public void Policy_faults_are_told_at_most_once_a_second()
    {
        foreach (var at in (double[])[1, 1.2, 1.9, 2.5])
        {
            _host.Decided(At(at), new Decision.PolicyFault("batching", "threw", $"at {at}\nand on"));
        }

        Assert.Equal(["policy fault: batching: threw: at 1 and on", "policy fault: batching: threw: at 2.5 and on (and 2 more since the last line)"], _lines.ToString().ReplaceLineEndings("\n").Trim().Split('\n'));
    }

    [Fact]
    public void Whatever_happens_the_counts_of_waiting_and_running_jobs_are_right()
    {
        for (var number = 0; number < 60; number++)
        {
            using var folder = new TemporaryFolder();
            using var clips = new ClipStore(folder.File("clips"), 1_000);
            var jobs = new JobStore(clips);
            var host = new JobHost(jobs, new ServerMetrics()) { Waiting = new WaitingJobs(["vip", "free"]) };
            var seed = new Seed(4711).Derive(number);
            RandomServing? random = null;
            void Seen(Instant now, ServingEvent e)
            {
                if (e is ServingEvent.Arrived arrived)
                {
                    jobs.Add(_ => (arrived.Job, TaskOf()));
                }

                host.Seen(now, e);
            }

            random = new RandomServing(seed, Seen, host.Decided)
            {
                Handled = () =>
                {
                    var tiers = random!.WaitingTiers.ToList();
                    var expected = (random.Waiting, random.Running, tiers.Count(tier => tier == "vip"), tiers.Count(tier => tier == "free"));
                    var actual = (host.QueueLength, host.Running, host.Waiting.Of(0), host.Waiting.Of(1));
                    Assert.True(expected == actual, $"seed {seed.Value}, at {random.Now.Seconds} s: {expected} expected, {actual} counted");
                },
            };
            random.Play(600);
            Assert.True(random.Retried > 0 && random.Rejected > 0, $"seed {seed.Value}: nothing happened");
        }
    }

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);

    private static VideoTask TaskOf() => new(s_model, new JobShape(32, 32, 1, 8), new VideoJob("a cat", 1), 24);

    private static Decision.Start Start(long batch, params JobEntry[] jobs) => Start(batch, Stage.Whole, 0, jobs);

    private static Decision.Start Start(long batch, Stage stage, int replica, params JobEntry[] jobs) =>
        new(new(replica), new(batch), stage, 0, [.. jobs.Select(job => job.Snapshot.Id)], "first-come");

    private JobEntry Add() => _jobs.Add(id => (
        new JobView { Id = id, Received = At(0), Model = s_model, Width = 32, Height = 32, Frames = 1, Steps = 8, Tenant = "acme", Tier = "vip", PromptHash = "00ff" },
        TaskOf()));

    private JobEntry Admitted()
    {
        var entry = Add();
        _host.Decided(At(1), new Decision.Admit(entry.Snapshot.Id, "queued"));
        return entry;
    }
}
