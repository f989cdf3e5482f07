using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// Every call of a run, computed whole before the clock starts: a pure function of scenario and seed.
/// </summary>
public sealed class Schedule
{
    private readonly IReadOnlyList<string> _prompts;

    /// <param name="length">Length of the load; the last call is intended before its end.</param>
    /// <param name="calls">In order of intended time, indexed from 0.</param>
    /// <param name="prompts">The prompt of each call, by index.</param>
    public Schedule(Duration length, IReadOnlyList<ScheduledCall> calls, IReadOnlyList<string> prompts)
    {
        if (prompts.Count != calls.Count)
        {
            throw new ArgumentException($"{calls.Count} calls and {prompts.Count} prompts", nameof(prompts));
        }

        for (var i = 0; i < calls.Count; i++)
        {
            if (calls[i].Index != i || (i > 0 && calls[i].Intended < calls[i - 1].Intended))
            {
                throw new ArgumentException($"call {i} is out of order", nameof(calls));
            }
        }

        Length = length;
        Calls = calls;
        _prompts = prompts;
        Sha256 = ScheduleFile.Hash(calls);
    }

    public Duration Length { get; }

    public IReadOnlyList<ScheduledCall> Calls { get; }

    /// <summary>Lower-case hex of the canonical lines of schedule.csv.gz.</summary>
    public string Sha256 { get; }

    public string PromptOf(ScheduledCall call) => _prompts[call.Index];
}
