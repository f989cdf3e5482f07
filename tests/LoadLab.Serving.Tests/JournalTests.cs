using System.Text;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests;

public class JournalTests
{
    [Fact]
    public void Every_kind_of_event_is_written_read_and_replayed()
    {
        var story = Everything();
        var replay = story.Replay();
        Assert.True(replay.Identical, $"line {replay.FirstDifferenceLine}: {replay.Expected} / {replay.Actual}");
        Assert.Equal((0, false), (replay.Missing, replay.Torn));
        using var reader = Open(story.Journal);
        var entries = reader.Entries().ToList();
        Assert.Equal(
            typeof(ServingEvent).GetNestedTypes().Select(type => type.Name).Order(StringComparer.Ordinal),
            entries.Where(entry => entry.Event is not null).Select(entry => entry.Event!.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            typeof(Decision).GetNestedTypes().Select(type => type.Name).Where(name => name != nameof(Decision.PolicyFault)).Order(StringComparer.Ordinal),
            entries.Where(entry => entry.Decision is not null).Select(entry => entry.Decision!.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal((entries.Count(entry => entry.Event is not null), entries.Count(entry => entry.Decision is not null)), (replay.Events, replay.Decisions));
    }

    [Fact]
    public void First_lines_of_a_journal_are_as_designed()
    {
        var story = new Story();
        story.At(0, new ServingEvent.Started());
        story.Job(1.5, 0);
        var lines = Encoding.UTF8.GetString(story.Journal).Split('\n');
        Assert.StartsWith("""{"core":3,"serving":{"model":"nano","kind":"local","preload":true,"queue_limit":1000,"calendar":{"start":"2026-01-05T00:00:00+00:00","compress":1},""", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(
            """
            "autoscaler":{"kind":"fixed","replicas":1,"min":1,"max":8,"high":0.8,"pending":5,"low":0.3,"interval_ns":15000000000,"cooldown_ns":0},"seed":42,"epoch_ns":7}
            {"seq":1,"at_ns":0,"kind":"event","type":"Started"}
            {"seq":2,"at_ns":0,"kind":"decision","type":"Provision","replica":0,"replica_kind":"local","reason":"start"}
            {"seq":3,"at_ns":1500000000,"kind":"event","type":"Arrived","job":0,"received_ns":1500000000,"model":"nano","width":160,"height":96,"frames":9,"steps":8,"guided":true,"tier":"","tenant":"","prompt_hash":"00ff"}
            {"seq":4,"at_ns":1500000000,"kind":"decision","type":"Admit","job":0,"reason":"queued"}

            """.ReplaceLineEndings("\n"),
            string.Join('\n', lines),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Quality_level_of_a_job_is_journaled_and_read_back()
    {
        var story = new Story();
        story.At(0, new ServingEvent.Started());
        story.Job(1, 0);
        story.At(2, new ServingEvent.Arrived(Story.View(1, 2) with { Quality = "few-step" }));
        using var reader = Open(story.Journal);
        Assert.Equal(["", "few-step"], reader.Entries().Select(entry => entry.Event).OfType<ServingEvent.Arrived>().Select(arrived => arrived.Job.Quality));
        Assert.True(story.Replay().Identical);
    }

    [Fact]
    public void Changed_decision_is_found_at_its_line()
    {
        var text = Encoding.UTF8.GetString(Everything().Journal).Replace("\"reason\":\"done\"", "\"reason\":\"done.\"", StringComparison.Ordinal);
        var line = text.Split('\n').ToList().FindIndex(row => row.Contains("done.", StringComparison.Ordinal)) + 1;
        var replay = Verify(text);
        Assert.Equal((false, line), (replay.Identical, replay.FirstDifferenceLine));
        Assert.Contains("\"reason\":\"done.\"", replay.Expected, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"done\"", replay.Actual, StringComparison.Ordinal);
    }

    [Fact]
    public void Removed_decision_and_removed_event_are_found()
    {
        var lines = Encoding.UTF8.GetString(Everything().Journal).Split('\n').ToList();
        var decision = lines.FindIndex(row => row.Contains("\"Admit\"", StringComparison.Ordinal));
        Assert.Equal(decision + 1, Verify(string.Join('\n', lines.Where((_, i) => i != decision))).FirstDifferenceLine);
        var loaded = lines.FindIndex(row => row.Contains("\"ModelLoaded\"", StringComparison.Ordinal));
        Assert.False(Verify(string.Join('\n', lines.Where((_, i) => i != loaded))).Identical);
    }

    [Fact]
    public void Changed_configuration_decides_otherwise()
    {
        var story = new Story(new() { Model = new(Story.Model), QueueLimit = 1 }).Warm();
        story.Job(1, 0);
        story.Job(2, 1);
        story.Job(3, 2);
        var replay = Verify(Encoding.UTF8.GetString(story.Journal).Replace("\"queue_limit\":1,", "\"queue_limit\":2,", StringComparison.Ordinal).Replace("\"queue_limit\":1}", "\"queue_limit\":2}", StringComparison.Ordinal));
        Assert.Contains("Refuse", replay.Expected, StringComparison.Ordinal);
        Assert.Contains("Admit", replay.Actual, StringComparison.Ordinal);
    }

    [Fact]
    public void Torn_last_line_is_left_out_and_what_was_due_is_counted()
    {
        var story = new Story().Warm();
        story.Job(1, 0);
        var whole = story.Journal;
        var replay = Verify(whole[..^20]);
        Assert.Equal((true, true, 1), (replay.Identical, replay.Torn, replay.Missing));
    }

    [Fact]
    public void Damaged_lines_are_refused_by_number_and_never_crash()
    {
        var valid = Everything().Journal;
        var random = new Seed(5).Stream("mutations");
        var digits = Enumerable.Range(0, valid.Length).Where(at => char.IsAsciiDigit((char)valid[at])).ToList();
        var (refused, different, same) = (0, 0, 0);
        for (var i = 0; i < 3000; i++)
        {
            // Every second one changes a digit for another, which is still JSON.
            var bytes = valid.ToArray();
            var at = i % 2 == 0 ? random.NextInt(bytes.Length) : digits[random.NextInt(digits.Count)];
            bytes[at] = i % 2 == 0 ? (byte)random.NextInt(256) : (byte)('0' + random.NextInt(10));
            try
            {
                var replay = Verify(bytes);
                if (replay.Identical)
                {
                    // Unseen is a byte changed to itself, a torn last line and what no decision of this story hangs on, such as the seed.
                    same++;
                }
                else
                {
                    different++;
                }
            }
            catch (InputException e)
            {
                Assert.All(e.Problems, problem => Assert.InRange(problem.Line, 1, int.MaxValue));
                refused++;
            }
        }

        Assert.True(refused > 1000 && different > 500 && same < 600, $"{refused} refused, {different} different, {same} the same");
    }

    [Fact]
    public void Impossible_story_is_refused()
    {
        var text = Encoding.UTF8.GetString(Everything().Journal);
        var arrival = text.Split('\n').First(row => row.Contains("Arrived", StringComparison.Ordinal));
        var twice = text.Replace(arrival + "\n", arrival + "\n" + arrival + "\n", StringComparison.Ordinal);
        Assert.False(VerifyOrRefuse(twice));
    }

    [Fact]
    public void Overlong_line_is_refused()
    {
        var error = Assert.Throws<InputException>(() => Verify(new byte[(1 << 20) + 100_000]));
        Assert.Contains("is longer than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Journal_facts_tell_cold_starts_and_delays()
    {
        var story = new Story(new() { Model = new(Story.Model), Preload = false });
        story.At(-3, new ServingEvent.Started());
        story.At(-2, new ServingEvent.ReplicaProvisioned(new(0)));
        story.At(-1.5, new ServingEvent.ReplicaReady(new(0)));
        story.Job(1, 0);
        story.Loaded(7, 0);
        using var reader = Open(story.Journal);
        var facts = JournalFacts.Of(reader);
        Assert.Equal(-3, facts.Started!.Value.Seconds);
        Assert.Equal([6.0], facts.Loads.Select(load => load.Length.Seconds));
        Assert.Equal([1.0], facts.ProvisionDelays.Select(span => span.Seconds));
        Assert.Equal([0.5], facts.BootDelays.Select(span => span.Seconds));
    }

    [Fact]
    public void Replica_account_books_every_second_once()
    {
        var story = new Story(autoscaler: new() { Kind = AutoscalerKind.ArticleRule, Max = 2, Pending = 0, Low = 0.7 });
        story.At(0, new ServingEvent.Started());
        story.At(2, new ServingEvent.ReplicaProvisioned(new(0)));
        story.At(3, new ServingEvent.ReplicaReady(new(0)));
        story.Loaded(8, 0);
        story.Job(10, 0);
        story.At(14, new ServingEvent.Shutdown());
        story.Done(16, 0, 0);
        story.Lost(17, 0, "released");
        story.At(20, new ServingEvent.UtilisationObserved(0));
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, story.Journal);
        try
        {
            var usage = Assert.Single(ReplicaUsageAccount.OfJournal(path));
            Assert.Equal((2.0, 17.0), (usage.Provisioned.Seconds, usage.Gone.Seconds));
            Assert.Equal((6.0, 2.0, 6.0, 1.0, 0.0), (usage.Load.Seconds, usage.Idle.Seconds, usage.Busy.Seconds, usage.Drain.Seconds, usage.Down.Seconds));
            Assert.True(JournalReplay.Verify(path).Identical);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Story Everything()
    {
        var serving = new ServingOptions
        {
            Model = new(Story.Model),
            QueueLimit = 1,
            Tiers = [new() { Name = "vip", MaxWait = Duration.FromSeconds(3) }, new() { Name = "free", Priority = 1 }],
            Preemption = new() { On = true },
            Recovery = new() { Retries = 1, FallbackModel = new("pico"), FallbackQueue = 1, Backoff = Duration.FromSeconds(1) },
            Safety = new() { Before = new() { Limit = Duration.FromSeconds(1), TimeoutAllows = true }, After = new() },
        };
        var story = new Story(serving, new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Max = 3, Pending = 0 }).Warm();
        story.At(0, new ServingEvent.Arrived(Story.View(0, 0) with { Deadline = Instant.FromSeconds(60), Tier = "vip", Tenant = "größe \"7\"" }));
        story.Allow(0, 0);
        story.Job(1, 1);
        story.At(1, new ServingEvent.SafetyChecked(new(1), SafetyPhase.Before, false, "a word"));
        story.At(1, new ServingEvent.Arrived(Story.View(2, 1) with { Tier = "vip" }));
        story.Allow(1, 2);
        story.Job(1, 3);
        story.Job(1, 4);
        story.At(2, new ServingEvent.MemoryObserved(new(0), 1 << 30));
        story.At(2, new ServingEvent.Checkpointed(new(0), new(0), 3));
        story.At(2, new ServingEvent.ReplicaDown(new(0)));
        story.At(2, new ServingEvent.ReplicaRepaired(new(0)));
        story.At(2, new ServingEvent.StageDone(new(0), new(0), Stage.Text));
        story.Tick(4, 1, "expire");
        story.Job(10, 9);
        story.Allow(10, 9);
        story.Tick(15, 1);
        story.Join(16, 1);
        story.At(17, new ServingEvent.Arrived(Story.View(11, 17) with { Tier = "vip" }));
        story.Allow(17, 11);
        story.At(17, new ServingEvent.Checkpointed(new(1), new(1), 4));
        story.At(17, new ServingEvent.BatchFailed(new(1), new(1), "preempted", ""));
        story.Cancel(17, 11);
        story.At(17, new ServingEvent.BatchFailed(new(1), new(2), "cancelled", ""));
        story.Cancel(18, 9);
        story.Done(20, 0, 0);
        story.At(20, new ServingEvent.SafetyChecked(new(0), SafetyPhase.After, true, ""));
        story.Job(21, 5, "pico");
        story.Allow(21, 5);
        story.At(22, new ServingEvent.ModelUnloaded(new(0), new("nano")));
        story.At(23, new ServingEvent.LoadFailed(new(0), new("pico"), "no such file"));
        story.Tick(24, 1, "retry");
        story.Job(24, 6);
        story.Allow(24, 6);
        story.Cancel(24, 6);
        story.At(25, new ServingEvent.BatchFailed(new(1), new(3), "cancelled", ""));
        story.At(26, new ServingEvent.UtilisationObserved(0.1 + 0.2));
        story.Tick(30, 2);
        story.Job(30, 8);
        story.Allow(30, 8);
        story.At(30, new ServingEvent.ReclaimNotice(new(1), Instant.FromSeconds(31)));
        story.Lost(31, 1, "reclaimed");
        story.At(40, new ServingEvent.Shutdown());
        return story;
    }

    private static bool VerifyOrRefuse(string text)
    {
        try
        {
            return Verify(text).Identical;
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static ReplayResult Verify(string text) => Verify(Encoding.UTF8.GetBytes(text));

    private static ReplayResult Verify(byte[] bytes)
    {
        using var reader = Open(bytes);
        return JournalReplay.Verify(reader);
    }

    private static JournalReader Open(byte[] bytes) => JournalReader.Open(new MemoryStream(bytes), "decisions.jsonl");
}
