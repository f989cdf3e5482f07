using LoadLab.Core;
using LoadLab.Fleet;

namespace LoadLab.Planning.Theory;

/// <summary>What theory asks of a call that ended.</summary>
/// <param name="Index">In order of arrival.</param>
/// <param name="Class">Its class, 0 first.</param>
/// <param name="Gap">Since the arrival before it.</param>
/// <param name="Wait">Until it last began; zero when it never did.</param>
/// <param name="Sojourn">Until it ended.</param>
/// <param name="Running">From its first start to its end; zero when it never began.</param>
/// <param name="Completed">Whether its work was done.</param>
/// <param name="BatchSize">Jobs of its batch; 0 when it never ran.</param>
/// <param name="Attempts">How often it began.</param>
public readonly record struct PlayedCall(int Index, int Class, Duration Gap, Duration Wait, Duration Sojourn, Duration Running, bool Completed, int BatchSize, int Attempts)
{
    public static PlayedCall Of(in EndedCall call, int @class, Duration gap) => new(
        call.Index,
        @class,
        gap,
        call.Started is { } started ? started - call.Arrived : Duration.Zero,
        call.Ended - call.Arrived,
        call.FirstStarted is { } first ? call.Ended - first : Duration.Zero,
        call.Outcome == Outcome.Completed,
        call.BatchSize,
        call.Attempts);
}
