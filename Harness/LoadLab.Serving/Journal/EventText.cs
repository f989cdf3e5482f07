using System.Text.Json;
using LoadLab.Core;

namespace LoadLab.Serving.Journal;

/// <summary>The fields of an event's journal line after <c>kind</c>: its type, then what it carries.</summary>
internal static class EventText
{
    public static void Write(Utf8JsonWriter json, ServingEvent e)
    {
        json.WriteString("type", e.GetType().Name);
        switch (e)
        {
            case ServingEvent.Arrived arrived:
                Write(json, arrived.Job);
                break;
            case ServingEvent.TimerFired timer:
                json.WriteString("purpose", timer.Purpose);
                json.WriteNumber("number", timer.Number);
                break;
            case ServingEvent.Cancelled cancelled:
                json.WriteNumber("job", cancelled.Job.Value);
                break;
            case ServingEvent.SafetyChecked safety:
                json.WriteNumber("job", safety.Job.Value);
                json.WriteString("phase", JournalText.Phases[(int)safety.Phase]);
                json.WriteBoolean("allowed", safety.Allowed);
                json.WriteString("detail", safety.Detail);
                break;
            case ServingEvent.UtilisationObserved observed:
                json.WriteNumber("busy_share", observed.BusyShare);
                break;
            case ServingEvent.Started or ServingEvent.Shutdown:
                break;
            default:
                WriteOfReplica(json, e);
                break;
        }
    }

    public static ServingEvent Read(JournalRow row) => row.Text("type") switch
    {
        nameof(ServingEvent.Started) => new ServingEvent.Started(),
        nameof(ServingEvent.Arrived) => new ServingEvent.Arrived(View(row)),
        nameof(ServingEvent.TimerFired) => new ServingEvent.TimerFired(row.Text("purpose"), row.Long("number")),
        nameof(ServingEvent.ReplicaProvisioned) => new ServingEvent.ReplicaProvisioned(row.Replica()),
        nameof(ServingEvent.ReplicaReady) => new ServingEvent.ReplicaReady(row.Replica()),
        nameof(ServingEvent.ReplicaLost) => new ServingEvent.ReplicaLost(row.Replica(), row.Text("cause")),
        nameof(ServingEvent.ModelLoaded) => new ServingEvent.ModelLoaded(row.Replica(), row.Model()),
        nameof(ServingEvent.ModelUnloaded) => new ServingEvent.ModelUnloaded(row.Replica(), row.Model()),
        nameof(ServingEvent.LoadFailed) => new ServingEvent.LoadFailed(row.Replica(), row.Model(), row.Text("cause")),
        nameof(ServingEvent.StageDone) => new ServingEvent.StageDone(row.Replica(), row.Batch(), row.Stage()),
        nameof(ServingEvent.BatchDone) => new ServingEvent.BatchDone(row.Replica(), row.Batch()),
        nameof(ServingEvent.BatchFailed) => new ServingEvent.BatchFailed(row.Replica(), row.Batch(), row.Text("cause"), row.Text("detail")),
        nameof(ServingEvent.Checkpointed) => new ServingEvent.Checkpointed(row.Replica(), row.Batch(), row.Int("step")),
        nameof(ServingEvent.ReclaimNotice) => new ServingEvent.ReclaimNotice(row.Replica(), row.At("reclaim_ns")),
        nameof(ServingEvent.ReplicaDown) => new ServingEvent.ReplicaDown(row.Replica()),
        nameof(ServingEvent.ReplicaRepaired) => new ServingEvent.ReplicaRepaired(row.Replica()),
        nameof(ServingEvent.MemoryObserved) => new ServingEvent.MemoryObserved(row.Replica(), row.Long("free_bytes")),
        nameof(ServingEvent.UtilisationObserved) => new ServingEvent.UtilisationObserved(row.Double("busy_share")),
        nameof(ServingEvent.SafetyChecked) => new ServingEvent.SafetyChecked(row.Job(), row.Phase(), row.Flag("allowed"), row.Text("detail")),
        nameof(ServingEvent.Cancelled) => new ServingEvent.Cancelled(row.Job()),
        nameof(ServingEvent.Shutdown) => new ServingEvent.Shutdown(),
        _ => throw row.Bad("type", "is not an event"),
    };

    private static void WriteOfReplica(Utf8JsonWriter json, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned:
                json.WriteNumber("replica", provisioned.Replica.Value);
                break;
            case ServingEvent.ReplicaReady ready:
                json.WriteNumber("replica", ready.Replica.Value);
                break;
            case ServingEvent.ReplicaLost lost:
                json.WriteNumber("replica", lost.Replica.Value);
                json.WriteString("cause", lost.Cause);
                break;
            case ServingEvent.ReclaimNotice notice:
                json.WriteNumber("replica", notice.Replica.Value);
                json.WriteNumber("reclaim_ns", notice.At.Nanoseconds);
                break;
            case ServingEvent.ReplicaDown down:
                json.WriteNumber("replica", down.Replica.Value);
                break;
            case ServingEvent.ReplicaRepaired repaired:
                json.WriteNumber("replica", repaired.Replica.Value);
                break;
            case ServingEvent.ModelLoaded loaded:
                Write(json, loaded.Replica, loaded.Model);
                break;
            case ServingEvent.ModelUnloaded unloaded:
                Write(json, unloaded.Replica, unloaded.Model);
                break;
            case ServingEvent.LoadFailed failed:
                Write(json, failed.Replica, failed.Model);
                json.WriteString("cause", failed.Cause);
                break;
            case ServingEvent.MemoryObserved memory:
                json.WriteNumber("replica", memory.Replica.Value);
                json.WriteNumber("free_bytes", memory.FreeBytes);
                break;
            default:
                WriteOfBatch(json, e);
                break;
        }
    }

    private static void WriteOfBatch(Utf8JsonWriter json, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.StageDone stage:
                Write(json, stage.Replica, stage.Batch);
                json.WriteString("stage", JournalText.Stages[(int)stage.Stage]);
                break;
            case ServingEvent.Checkpointed checkpoint:
                Write(json, checkpoint.Replica, checkpoint.Batch);
                json.WriteNumber("step", checkpoint.Step);
                break;
            case ServingEvent.BatchDone done:
                Write(json, done.Replica, done.Batch);
                break;
            case ServingEvent.BatchFailed failed:
                Write(json, failed.Replica, failed.Batch);
                json.WriteString("cause", failed.Cause);
                json.WriteString("detail", failed.Detail);
                break;
            default:
                throw new InvalidOperationException($"{e.GetType().Name} has no journal form");
        }
    }

    private static void Write(Utf8JsonWriter json, ReplicaId replica, ModelId model)
    {
        json.WriteNumber("replica", replica.Value);
        json.WriteString("model", model.Name);
    }

    private static void Write(Utf8JsonWriter json, ReplicaId replica, BatchId batch)
    {
        json.WriteNumber("replica", replica.Value);
        json.WriteNumber("batch", batch.Value);
    }

    private static void Write(Utf8JsonWriter json, JobView job)
    {
        json.WriteNumber("job", job.Id.Value);
        json.WriteNumber("received_ns", job.Received.Nanoseconds);
        json.WriteString("model", job.Model.Name);
        json.WriteNumber("width", job.Width);
        json.WriteNumber("height", job.Height);
        json.WriteNumber("frames", job.Frames);
        json.WriteNumber("steps", job.Steps);
        json.WriteBoolean("guided", job.Guided);
        if (job.Quality.Length > 0)
        {
            json.WriteString("quality", job.Quality);
        }

        if (!job.FitsFallback)
        {
            json.WriteBoolean("fits_fallback", false);
        }

        json.WriteString("tier", job.Tier);
        json.WriteString("tenant", job.Tenant);
        if (job.Deadline is { } deadline)
        {
            json.WriteNumber("deadline_ns", deadline.Nanoseconds);
        }

        json.WriteString("prompt_hash", job.PromptHash);
    }

    private static JobView View(JournalRow row) => new()
    {
        Id = row.Job(),
        Received = row.At("received_ns"),
        Model = row.Model(),
        Width = row.Int("width"),
        Height = row.Int("height"),
        Frames = row.Int("frames"),
        Steps = row.Int("steps"),
        Guided = row.Flag("guided"),
        Quality = row.Has("quality") ? row.Text("quality") : "",
        FitsFallback = !row.Has("fits_fallback") || row.Flag("fits_fallback"),
        Tier = row.Text("tier"),
        Tenant = row.Text("tenant"),
        Deadline = row.Has("deadline_ns") ? row.At("deadline_ns") : (Instant?)null,
        PromptHash = row.Text("prompt_hash"),
    };
}
