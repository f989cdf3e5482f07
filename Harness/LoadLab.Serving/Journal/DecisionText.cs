using System.Text.Json;

namespace LoadLab.Serving.Journal;

/// <summary>The fields of a decision's journal line after <c>kind</c>: its type, what it carries, its reason.</summary>
internal static class DecisionText
{
    public static void Write(Utf8JsonWriter json, Decision d)
    {
        json.WriteString("type", d.GetType().Name);
        switch (d)
        {
            case Decision.Admit admit:
                json.WriteNumber("job", admit.Job.Value);
                if (admit.Serve is { } serve)
                {
                    json.WriteString("serve", serve.Name);
                }

                break;
            case Decision.Refuse refuse:
                json.WriteNumber("job", refuse.Job.Value);
                if (refuse.RetryAfter is { } after)
                {
                    json.WriteNumber("retry_after_ns", after.Nanoseconds);
                }

                break;
            case Decision.Finish finish:
                json.WriteNumber("job", finish.Job.Value);
                break;
            case Decision.Fail fail:
                json.WriteNumber("job", fail.Job.Value);
                json.WriteString("detail", fail.Detail);
                break;
            case Decision.Reject reject:
                json.WriteNumber("job", reject.Job.Value);
                json.WriteString("detail", reject.Detail);
                break;
            case Decision.Retry retry:
                json.WriteNumber("job", retry.Job.Value);
                json.WriteNumber("attempt", retry.Attempt);
                json.WriteNumber("due_ns", retry.At.Nanoseconds);
                break;
            case Decision.Requeue requeue:
                json.WriteNumber("job", requeue.Job.Value);
                json.WriteNumber("from_step", requeue.FromStep);
                break;
            case Decision.Check check:
                json.WriteNumber("job", check.Job.Value);
                json.WriteString("phase", JournalText.Phases[(int)check.Phase]);
                break;
            case Decision.PolicyFault fault:
                json.WriteString("policy", fault.Policy);
                json.WriteString("detail", fault.Detail);
                break;
            case Decision.Drop drop:
                json.WriteNumber("job", drop.Job.Value);
                break;
            case Decision.SetTimer timer:
                json.WriteString("purpose", timer.Purpose);
                json.WriteNumber("number", timer.Number);
                json.WriteNumber("due_ns", timer.At.Nanoseconds);
                break;
            case Decision.CancelTimer timer:
                json.WriteString("purpose", timer.Purpose);
                json.WriteNumber("number", timer.Number);
                break;
            default:
                WriteOfReplica(json, d);
                break;
        }

        json.WriteString("reason", d.Reason);
    }

    public static Decision Read(JournalRow row)
    {
        var reason = row.Text("reason");
        return row.Text("type") switch
        {
            nameof(Decision.Admit) => new Decision.Admit(row.Job(), reason, row.Has("serve") ? new ModelId(row.Text("serve")) : null),
            nameof(Decision.Refuse) => new Decision.Refuse(row.Job(), reason, row.Has("retry_after_ns") ? new(row.Long("retry_after_ns")) : null),
            nameof(Decision.Reject) => new Decision.Reject(row.Job(), reason, row.Text("detail")),
            nameof(Decision.Retry) => new Decision.Retry(row.Job(), row.Int("attempt"), row.At("due_ns"), reason),
            nameof(Decision.Requeue) => new Decision.Requeue(row.Job(), row.Int("from_step"), reason),
            nameof(Decision.Check) => new Decision.Check(row.Job(), row.Phase(), reason),
            nameof(Decision.PolicyFault) => new Decision.PolicyFault(row.Text("policy"), reason, row.Text("detail")),
            nameof(Decision.Finish) => new Decision.Finish(row.Job(), reason),
            nameof(Decision.Fail) => new Decision.Fail(row.Job(), reason, row.Text("detail")),
            nameof(Decision.Drop) => new Decision.Drop(row.Job(), reason),
            nameof(Decision.Provision) => new Decision.Provision(row.Replica(), new ReplicaKind(row.Text("replica_kind")), reason),
            nameof(Decision.Release) => new Decision.Release(row.Replica(), row.Flag("drain"), reason),
            nameof(Decision.Load) => new Decision.Load(row.Replica(), row.Model(), reason),
            nameof(Decision.Unload) => new Decision.Unload(row.Replica(), row.Model(), reason),
            nameof(Decision.Start) => new Decision.Start(row.Replica(), row.Batch(), row.Stage(), row.Int("from_step"), row.Jobs(), reason),
            nameof(Decision.Cancel) => new Decision.Cancel(row.Replica(), row.Batch(), row.Job(), reason),
            nameof(Decision.Preempt) => new Decision.Preempt(row.Replica(), row.Batch(), reason),
            nameof(Decision.SetTimer) => new Decision.SetTimer(row.Text("purpose"), row.Long("number"), row.At("due_ns"), reason),
            nameof(Decision.CancelTimer) => new Decision.CancelTimer(row.Text("purpose"), row.Long("number"), reason),
            _ => throw row.Bad("type", "is not a decision"),
        };
    }

    private static void WriteOfReplica(Utf8JsonWriter json, Decision d)
    {
        switch (d)
        {
            case Decision.Provision provision:
                json.WriteNumber("replica", provision.Replica.Value);
                json.WriteString("replica_kind", provision.Kind.Name);
                break;
            case Decision.Release release:
                json.WriteNumber("replica", release.Replica.Value);
                json.WriteBoolean("drain", release.Drain);
                break;
            case Decision.Load load:
                json.WriteNumber("replica", load.Replica.Value);
                json.WriteString("model", load.Model.Name);
                break;
            case Decision.Unload unload:
                json.WriteNumber("replica", unload.Replica.Value);
                json.WriteString("model", unload.Model.Name);
                break;
            case Decision.Start start:
                Write(json, start);
                break;
            case Decision.Cancel cancel:
                json.WriteNumber("replica", cancel.Replica.Value);
                json.WriteNumber("batch", cancel.Batch.Value);
                json.WriteNumber("job", cancel.Job.Value);
                break;
            case Decision.Preempt preempt:
                json.WriteNumber("replica", preempt.Replica.Value);
                json.WriteNumber("batch", preempt.Batch.Value);
                break;
            default:
                throw new InvalidOperationException($"{d.GetType().Name} has no journal form");
        }
    }

    private static void Write(Utf8JsonWriter json, Decision.Start start)
    {
        json.WriteNumber("replica", start.Replica.Value);
        json.WriteNumber("batch", start.Batch.Value);
        json.WriteString("stage", JournalText.Stages[(int)start.Stage]);
        json.WriteNumber("from_step", start.FromStep);
        json.WriteStartArray("jobs");
        foreach (var job in start.Jobs)
        {
            json.WriteNumberValue(job.Value);
        }

        json.WriteEndArray();
    }
}
