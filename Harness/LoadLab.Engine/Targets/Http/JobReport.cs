using System.Text.Json;
using LoadLab.Core;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Targets.Http;

/// <summary>What one answer says of a job, as far as the protocol names it; all else in the answer is left alone.</summary>
internal sealed record JobReport
{
    private readonly Stamp?[] _stamps = new Stamp?[ClockFields.Stages];

    public JobState? State { get; private init; }

    /// <summary>Whether the answer has a status of its own, and does not just lack one.</summary>
    public bool HasStatus { get; private init; }

    /// <summary>The service's word for what went wrong.</summary>
    public string? Word { get; private init; }

    /// <summary>0 to 1.</summary>
    public double? Progress { get; private init; }

    public string? ServedModel { get; private init; }

    public int? Batch { get; private init; }

    public int? BatchSize { get; private init; }

    public int? Replica { get; private init; }

    public int? Attempts { get; private init; }

    public static JobReport Of(TargetProtocol protocol, JsonElement answer, string id)
    {
        var report = new JobReport
        {
            State = protocol.Status?.Of(answer, id),
            HasStatus = protocol.Status?.IsIn(answer, id) ?? false,
            Word = protocol.Errors.Word(answer, id),
            Progress = protocol.Poll?.Progress?.Number(answer, id) is { } progress ? Math.Clamp(progress / protocol.Poll.ProgressOf, 0, 1) : null,
            ServedModel = protocol.Served.Model?.Text(answer, id),
            Batch = protocol.Served.Batch?.Integer(answer, id),
            BatchSize = protocol.Served.BatchSize?.Integer(answer, id),
            Replica = protocol.Served.Replica?.Integer(answer, id),
            Attempts = protocol.Served.Attempts?.Integer(answer, id),
        };
        for (var stage = 0; stage < report._stamps.Length; stage++)
        {
            report._stamps[stage] = protocol.Clocks.Of((ClockFields.Stage)stage, answer, id);
        }

        return report;
    }

    public Stamp? At(ClockFields.Stage stage) => _stamps[(int)stage];

    /// <summary>This answer, and what only an earlier one said.</summary>
    public JobReport After(JobReport? earlier)
    {
        if (earlier is null)
        {
            return this;
        }

        for (var stage = 0; stage < _stamps.Length; stage++)
        {
            _stamps[stage] ??= earlier._stamps[stage];
        }

        return this with
        {
            ServedModel = ServedModel ?? earlier.ServedModel,
            Batch = Batch ?? earlier.Batch,
            BatchSize = BatchSize ?? earlier.BatchSize,
            Replica = Replica ?? earlier.Replica,
            Attempts = Attempts ?? earlier.Attempts,
        };
    }

    /// <summary>How the call ended; null while the job is on its way. Throws <see cref="BadAnswerException"/> for a word that is no status.</summary>
    public (Outcome Outcome, string Reason)? End(ErrorMap errors) => State switch
    {
        JobState.Queued or JobState.InProgress => null,
        JobState.Completed => (Outcome.Completed, ""),
        JobState.Cancelled => (Outcome.Abandoned, "cancelled"),
        JobState.Failed => errors.OfWord(Word) ?? (Outcome.Failed, "error"),
        JobState.Rejected => (Outcome.Rejected, errors.OfWord(Word)?.Reason ?? "rejected"),
        _ => throw new BadAnswerException(),
    };
}
