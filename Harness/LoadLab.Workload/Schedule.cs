using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// Every call of a run, computed whole before the clock starts: a pure function of scenario and seed. 24 bytes a call stay in memory, and 8 more for patience, 16 more for a prompt that nobody else asks.
/// </summary>
public sealed class Schedule
{
    private readonly PackedCalls _calls;
    private string? _sha256;

    /// <param name="length">Length of the load; the last call is intended before its end.</param>
    /// <param name="calls">In order of intended time, indexed from 0.</param>
    /// <param name="prompts">The prompt of each call, by index.</param>
    public Schedule(Duration length, IReadOnlyList<ScheduledCall> calls, IReadOnlyList<string> prompts)
        : this(length, Pack(calls, prompts))
    {
    }

    internal Schedule(Duration length, PackedCalls calls)
    {
        calls.Trim();
        Length = length;
        _calls = calls;
    }

    /// <summary>Length of the load. For a closed loop: no call starts after it.</summary>
    public Duration Length { get; }

    /// <summary>In order of index. A call is made when it is asked for: keep it rather than ask twice.</summary>
    public IReadOnlyList<ScheduledCall> Calls => _calls;

    /// <summary>Users of a closed loop, each of whom sends its next call when the one before ended and the call's think time passed; null for an open load.</summary>
    public int? ClosedUsers { get; init; }

    /// <summary>Lower-case hex of the canonical lines of schedule.csv.gz; computed when it is first asked for.</summary>
    public string Sha256 => _sha256 ??= ScheduleFile.Hash(_calls);

    /// <summary>The intended time of a call of an open load.</summary>
    public Instant IntendedOf(int index) => _calls.IntendedOf(index);

    /// <summary>What a call has in common with others: all but index, time, seed, patience and prompt. Makes nothing anew.</summary>
    public ScheduledCall KindOf(int index) => _calls.KindOf(index);

    /// <summary>Every <see cref="KindOf"/> of the schedule, each once, in order of first use.</summary>
    public IReadOnlyList<ScheduledCall> Kinds => _calls.Kinds;

    /// <summary>How long the client of a call waits before it cancels; null = as long as it takes.</summary>
    public Duration? PatienceOf(int index) => _calls.PatienceOf(index);

    /// <summary>As in the call.</summary>
    public string PromptHashOf(int index) => _calls.PromptHashOf(index);

    public string PromptOf(ScheduledCall call) => _calls.PromptOf(call.Index);

    private static PackedCalls Pack(IReadOnlyList<ScheduledCall> calls, IReadOnlyList<string> prompts)
    {
        if (prompts.Count != calls.Count)
        {
            throw new ArgumentException($"{calls.Count} calls and {prompts.Count} prompts", nameof(prompts));
        }

        var packed = new PackedCalls(null);
        for (var i = 0; i < calls.Count; i++)
        {
            packed.Add(calls[i], prompts[i]);
        }

        return packed;
    }
}
