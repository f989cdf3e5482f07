using Spectre.Console;

namespace LoadLab.Cli;

/// <summary>Results on stdout (text, or one JSON document), progress and diagnostics on stderr.</summary>
internal sealed class Output
{
    private readonly IAnsiConsole _out;
    public Output(bool json, TextWriter output, TextWriter error)
    {
        Json = json;
        Stdout = output;
        Stderr = error;
        _out = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected)
        {
            _out.Profile.Width = 160;
        }
    }

    public bool Json { get; }

    public TextWriter Stdout { get; }

    public TextWriter Stderr { get; }

    /// <summary>A line for a person who watches.</summary>
    public void Progress(string text) => Stderr.WriteLine(text);

    /// <summary>A line of the result; nothing when JSON is asked for.</summary>
    public void Line(string text = "")
    {
        if (!Json)
        {
            Stdout.WriteLine(text);
        }
    }

    /// <summary>Lines under a word; nothing where there are none.</summary>
    public void Lines(string word, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Line($"{word}: {line}");
        }
    }

    public void Table(string title, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (Json)
        {
            return;
        }

        var table = new Table { Border = TableBorder.Simple, Title = title.Length > 0 ? new TableTitle(Markup.Escape(title)) : null };
        var lines = rows.ToList();
        for (var i = 0; i < head.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(head[i]));
            table.AddColumn(i > 0 && lines.TrueForAll(row => IsFigure(row[i])) ? column.RightAligned() : column);
        }

        foreach (var row in lines)
        {
            table.AddRow([.. row.Select(cell => new Text(cell))]);
        }

        _out.Write(table);
    }

    /// <summary>Figures line up on the right, words on the left.</summary>
    private static bool IsFigure(string cell) => cell.Length < 24 && (cell.Length == 0 || char.IsAsciiDigit(cell[0]) || "+-–±$∞".Contains(cell[0], StringComparison.Ordinal));

    /// <summary>The one document of --json; nothing otherwise.</summary>
    public void Document<T>(T document)
    {
        if (Json)
        {
            Stdout.WriteLine(JsonDocuments.Serialize(document));
        }
    }
}
