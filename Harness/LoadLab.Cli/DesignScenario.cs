using System.Globalization;
using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet.Design;

namespace LoadLab.Cli;

/// <summary>Writes designed calls as a scenario that plays exactly them: a trace beside it holds each call's instant and shape.</summary>
internal static class DesignScenario
{
    /// <summary>Longest time that the calls of one batch may take to gather.</summary>
    private static readonly Duration s_window = Duration.FromMilliseconds(40);

    /// <summary>Room for a batch that takes longer than it was expected to.</summary>
    private const double Slack = 1.4;

    /// <summary>Writes the file and the trace.</summary>
    /// <returns>The trace's path.</returns>
    public static string Write(string path, Scenario scenario, IReadOnlyList<PlannedCell> cells, Seed seed)
    {
        var trace = Path.ChangeExtension(path, ".csv");
        var (rows, length) = Rows(cells, seed);
        File.WriteAllText(trace, rows, new UTF8Encoding(false));
        File.WriteAllText(path, Text(path, trace, scenario, cells, length), new UTF8Encoding(false));
        return trace;
    }

    private static string Text(string path, string trace, Scenario scenario, IReadOnlyList<PlannedCell> cells, Duration length)
    {
        var largest = cells.Max(cell => cell.Batch);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Calls designed for {scenario.Name}: {cells.Sum(cell => (cell.Repeats + cell.WarmUp) * cell.Batch)} calls of {cells.Count} cells (shape x batch), the first batch to warm the server up.\n");
        text.Append(CultureInfo.InvariantCulture, $"name: {Path.GetFileNameWithoutExtension(path)}\nseed: {scenario.Seed.Value}\n");
        text.Append(CultureInfo.InvariantCulture, $"workload:\n  duration: {Math.Ceiling(length.Seconds)}s\n  trace: {{ file: \"{Path.GetFileName(trace)}\", format: loadlab, shapes: trace }}\n");
        text.Append(Block(scenario.Text, "target")).Append(Block(scenario.Text, "guard"));
        text.Append(largest > 1
            ? string.Create(CultureInfo.InvariantCulture, $"serving: {{ preload: true, batching: {{ window: {s_window.Seconds * 1000:0}ms, maxBatch: {largest} }} }}\n")
            : "serving: { preload: true }\n");
        return text.ToString();
    }

    /// <summary>The calls of a batch at one instant, batch after batch with room between: the warm-up, then every cell in turns, so that no two batches of a cell stand beside each other while others are left.</summary>
    private static (string Rows, Duration Length) Rows(IReadOnlyList<PlannedCell> cells, Seed seed)
    {
        var order = cells.ToList();
        var turns = seed.Stream("design-order");
        var text = new StringBuilder("arrival_s,width,height,frames,steps,guidance,model,prompt\n");
        var at = Duration.FromSeconds(0.5);
        var prompt = 0;
        cells.Where(cell => cell.WarmUp > 0).ToList().ForEach(Play);
        for (var turn = 0; order.Exists(cell => turn < cell.Repeats); turn++)
        {
            order.Where(cell => turn < cell.Repeats).ToList().ForEach(Play);

            for (var i = order.Count - 1; i > 0; i--)
            {
                var j = turns.NextInt(i + 1);
                (order[i], order[j]) = (order[j], order[i]);
            }
        }

        return (text.ToString(), at);

        void Play(PlannedCell cell)
        {
            for (var call = 0; call < cell.Batch; call++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{at},{cell.Width},{cell.Height},{cell.Frames},{cell.Steps},{(cell.Guided ? "" : "1")},{cell.Model},measured clip {prompt++}\n");
            }

            at += Duration.FromSeconds(cell.Seconds * Slack) + s_window + s_window;
        }
    }

    /// <summary>The lines of a section as the scenario has them; empty when it has none.</summary>
    private static string Block(string text, string key)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var first = Array.FindIndex(lines, line => line.StartsWith(key + ":", StringComparison.Ordinal));
        if (first < 0)
        {
            return "";
        }

        var last = first + 1;
        while (last < lines.Length && (lines[last].Length == 0 || lines[last][0] is ' ' or '#'))
        {
            last++;
        }

        return string.Join('\n', lines[first..last]).TrimEnd('\n') + "\n";
    }
}
