using System.Globalization;
using LoadLab.Core;
using LoadLab.Engine;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LoadLab.Cli;

/// <summary>How busy something is while a run plays.</summary>
/// <param name="Name">What is busy: gpu, replicas, client cpu.</param>
/// <param name="Share">From 0 to 1.</param>
internal readonly record struct LiveUtilisation(string Name, double Share);

/// <summary>
/// What a person sees while a run plays, on stderr: on a terminal a block redrawn four times a second, elsewhere a line every ten seconds and the last. Reads counters that the
/// engine has anyway, from a thread of its own below all others, which takes no lock of the engine's. Without colour or markup, so that NO_COLOR changes nothing.
/// </summary>
internal sealed class LiveView : IDisposable
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_line = TimeSpan.FromSeconds(10);
    private readonly IPlayProgress _progress;
    private readonly Func<LiveUtilisation?> _utilisation;
    private readonly TextWriter _writer;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    private LiveView(IPlayProgress progress, Func<LiveUtilisation?> utilisation, TextWriter writer, bool terminal)
    {
        (_progress, _utilisation, _writer) = (progress, utilisation, writer);
        _thread = new Thread(() => Watch(terminal)) { IsBackground = true, Name = "live view", Priority = ThreadPriority.Lowest };
    }

    /// <summary>Whether stderr is a terminal that can be redrawn.</summary>
    public static bool OnTerminal => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";

    /// <summary>Shows a run until disposed.</summary>
    /// <param name="progress">The run.</param>
    /// <param name="writer">Where to; never the stream of results.</param>
    /// <param name="terminal">Whether it can be redrawn.</param>
    /// <param name="utilisation">What is known of the device or the service; the client's processors when null.</param>
    public static LiveView Start(IPlayProgress progress, TextWriter writer, bool terminal, Func<LiveUtilisation?>? utilisation = null)
    {
        var view = new LiveView(progress, utilisation ?? new ClientProcessors().Read, writer, terminal);
        view._thread.Start();
        return view;
    }

    /// <summary>Shows the last figures and ends.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    /// <summary>The figures on one line.</summary>
    public static string Line(PlaySnapshot play, LiveUtilisation? utilisation) =>
        string.Join(" · ", Rows(play, utilisation).SelectMany(row => row.Figures.Select((figure, i) => i == 0 ? $"{row.Name} {figure}" : figure)));

    /// <summary>The figures as a block, a row for each subject.</summary>
    public static IRenderable Block(PlaySnapshot play, LiveUtilisation? utilisation)
    {
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true }).AddColumn();
        foreach (var (name, figures) in Rows(play, utilisation))
        {
            grid.AddRow(new Text(name), new Text(string.Join(" · ", figures)));
        }

        return grid;
    }

    /// <summary>
    /// Seconds until the last call has ended, as far as can be told: until it is due, and then as long as calls took of late; where nothing is due by the clock, at the pace so far.
    /// </summary>
    public static double? SecondsLeft(PlaySnapshot play)
    {
        var ended = play.Sent - play.InFlight;
        if (ended >= play.Planned)
        {
            return 0;
        }

        if (play.LastIntended is { } last)
        {
            return Math.Max(0, (last - play.Now).Seconds) + (double.IsNaN(play.RecentLatencyP50S) ? 0 : play.RecentLatencyP50S);
        }

        return ended > 0 ? Math.Max(0, play.Now.Seconds) / ended * (play.Planned - ended) : null;
    }

    private static IEnumerable<(string Name, IReadOnlyList<string> Figures)> Rows(PlaySnapshot play, LiveUtilisation? utilisation)
    {
        var left = SecondsLeft(play);
        yield return ("time", [Clock(Math.Max(0, play.Now.Seconds)), left is { } seconds ? $"about {Clock(seconds)} left" : "end not known yet"]);
        yield return ("calls", [Count(play.Planned, "planned"), Count(play.Sent, "sent"), Count(play.InFlight, "in flight"), Count(play.Completed, "completed"), Count(play.Rejected, "rejected"), Count(play.Failed, "failed")]);
        yield return ("lateness", [$"p50 {Milliseconds(play.LatenessP50Ms)}", $"p99 {Milliseconds(play.LatenessP99Ms)}"]);
        yield return ("latency of the last minute", [$"p50 {Milliseconds(play.RecentLatencyP50S * 1e3)}", $"p95 {Milliseconds(play.RecentLatencyP95S * 1e3)}"]);
        if (utilisation is { } busy)
        {
            yield return (busy.Name, [busy.Share.ToString("P0", CultureInfo.InvariantCulture)]);
        }

        if (play.Spend is { } spend)
        {
            yield return ("spent", [string.Create(CultureInfo.InvariantCulture, $"${spend.Amount:0.00}")]);
        }
    }

    private static string Count(int count, string of) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {of}");

    private static string Clock(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Min(Math.Round(seconds), 1e9));
        return time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
    }

    /// <summary>Three figures, in milliseconds or seconds.</summary>
    private static string Milliseconds(double value) =>
        double.IsNaN(value) ? "-"
        : value >= 1000 ? string.Create(CultureInfo.InvariantCulture, $"{(value >= 100_000 ? value / 1e3 : double.Parse((value / 1e3).ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)):0.##} s")
        : string.Create(CultureInfo.InvariantCulture, $"{double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture):0.####} ms");

    private void Watch(bool terminal)
    {
        try
        {
            if (terminal)
            {
                Redraw();
            }
            else
            {
                WriteLines();
            }
        }
        catch (IOException)
        {
            // Nobody watches any more; the run goes on.
        }
    }

    private void Redraw()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_writer), Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes });
        console.Live(Block(_progress.Snapshot(), _utilisation())).Start(display =>
        {
            while (!_stop.Wait(s_redraw))
            {
                display.UpdateTarget(Block(_progress.Snapshot(), _utilisation()));
            }

            display.UpdateTarget(Block(_progress.Snapshot(), _utilisation()));
        });
    }

    private void WriteLines()
    {
        while (!_stop.Wait(s_line))
        {
            _writer.WriteLine(Line(_progress.Snapshot(), _utilisation()));
        }

        _writer.WriteLine(Line(_progress.Snapshot(), _utilisation()));
    }

    /// <summary>The share of all processors that this process has used since it was last asked.</summary>
    private sealed class ClientProcessors
    {
        private TimeSpan _used = Environment.CpuUsage.TotalTime;
        private long _at = MonotonicClock.SystemNanoseconds;

        public LiveUtilisation? Read()
        {
            var (used, at) = (Environment.CpuUsage.TotalTime, MonotonicClock.SystemNanoseconds);
            var share = (used - _used).TotalNanoseconds / Math.Max(1, at - _at) / Environment.ProcessorCount;
            (_used, _at) = (used, at);
            return new LiveUtilisation("client cpu", Math.Clamp(share, 0, 1));
        }
    }
}
