using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>
/// A closed load: a fixed number of users, each of whom sends a call, waits for its end, thinks, and sends the next; all start at instant zero. Choose it to ask what a
/// known number of clients gets; a service with many independent clients is loaded by arrivals, which do not wait for it. Calls are numbered in the order in which they
/// start, and take jobs, prompts and think times by that number: which user starts which call depends on the service, what call n is does not.
/// </summary>
public sealed record ClosedLoop
{
    /// <summary>Most users.</summary>
    public const int MaxUsers = 100_000;

    /// <summary>Users, at least 1; never more calls than this are in flight.</summary>
    public required int Users { get; init; }

    public ThinkTime Think { get; init; } = new ThinkTime.Constant(Duration.Zero);

    /// <summary>Planned calls over all users; fewer start when the load's length ends before.</summary>
    public required int Calls { get; init; }

    /// <summary>No call starts at or after it; null when only <see cref="Calls"/> ends the load.</summary>
    public Duration? Length { get; init; }

    /// <summary>The pause that the user who made call <paramref name="call"/> (from 0) takes after its end. Each call has its own draw: a pure function of seed and number.</summary>
    public Duration ThinkAfter(int call, Seed seed) => Think.Draw(new RandomStream(seed.Derive("think").Derive(call)));

    internal static ClosedLoop Bind(Section closed, Duration? length)
    {
        closed.Require("users", "how many users call, for example 4");
        closed.Require("calls", "how many calls they make together, for example 200");
        var loop = new ClosedLoop
        {
            Users = closed.Integer("users", 1, 1, MaxUsers),
            Think = ThinkTime.Bind(closed),
            Calls = closed.Integer("calls", 1, 1, WorkloadOptions.MaxCounted),
            Length = length,
        };
        closed.Close();
        return loop;
    }
}
