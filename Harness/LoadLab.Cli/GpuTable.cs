using System.Globalization;
using LoadLab.Fleet;

namespace LoadLab.Cli;

/// <summary>Where the GPU-seconds of a simulation went, by kind of replica, and what a broker did.</summary>
internal static class GpuTable
{
    public static void Print(Output output, SimulationResult result)
    {
        var rows = result.Gpus.Kinds.Count > 1 || result.Gpus.Nodes.Count > 0 ? result.Gpus.Kinds.Append(result.Gpus.Total) : result.Gpus.Kinds;
        output.Table("simulated GPU-seconds", ["kind", "busy", "of it wasted", "idle", "boot", "load", "drain", "down", "empty", "all"], rows.Select(use => (IReadOnlyList<string>)
        [
            use.Kind, Seconds(use.Busy.Seconds), Seconds(use.Wasted.Seconds), Seconds(use.Idle.Seconds), Seconds(use.Boot.Seconds), Seconds(use.Load.Seconds),
            Seconds(use.Drain.Seconds), Seconds(use.Down.Seconds), Seconds(use.Empty.Seconds), Seconds(use.Total.Seconds),
        ]));
        if (result.Broker is { } broker)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"broker: {broker.Deliveries} deliveries, {broker.Redeliveries} of a job once more, {broker.Duplicates} second runs ({Seconds(broker.DuplicateTime.Seconds)} GPU-s), {broker.DeadLetters} dead letters"));
        }
    }

    private static string Seconds(double seconds) => seconds.ToString("0", CultureInfo.InvariantCulture);
}
