using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Reports;

/// <summary>Where the time of a completed call went, by shape.</summary>
internal static class StageTable
{
    private const int MostShapes = 12;

    public static void Add(HtmlPage page, IReadOnlyList<CallRecord> calls)
    {
        var shapes = calls.Where(call => call.Outcome == Outcome.Completed && call.Started is not null && call.Completed is not null)
            .GroupBy(call => (call.ServedModel, call.Width, call.Height, call.Frames, call.Steps, BatchSize: call.BatchSize ?? 1))
            .OrderByDescending(shape => shape.Count()).ThenBy(shape => shape.Key)
            .ToList();
        if (shapes.Count == 0)
        {
            return;
        }

        page.Heading(shapes.Count > MostShapes ? $"Stage times by shape (means; the {MostShapes} most frequent of {shapes.Count})" : "Stage times by shape (means)");
        page.Table(
            ["shape", "batch", "calls", "queue", "text", "denoise", "decode", "service"],
            shapes.Take(MostShapes).Select(shape => (IReadOnlyList<string>)
            [
                $"{shape.Key.ServedModel} {shape.Key.Width}x{shape.Key.Height}, {shape.Key.Frames} frames, {shape.Key.Steps} steps",
                Show.Number(shape.Key.BatchSize),
                Show.Number(shape.Count()),
                Mean(shape, call => call.Started - (call.Queued ?? call.Intended)),
                Mean(shape, call => call.TextEnd - call.Started),
                Mean(shape, call => call.DenoiseEnd - call.TextEnd),
                Mean(shape, call => call.DecodeEnd - call.DenoiseEnd),
                Mean(shape, call => call.Completed - call.Started),
            ]));
    }

    private static string Mean(IEnumerable<CallRecord> calls, Func<CallRecord, Duration?> stage)
    {
        var values = calls.Select(stage).Where(value => value is not null).Select(value => value!.Value.Seconds).ToList();
        return values.Count > 0 ? Show.Seconds(values.Average()) : "–";
    }
}
