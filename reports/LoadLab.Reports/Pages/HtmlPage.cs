using System.Net;
using System.Text;

namespace LoadLab.Reports;

/// <summary>Builds one self-contained page: text, tables and inline SVG, no script, nothing fetched. All text is escaped here and nowhere else.</summary>
public sealed class HtmlPage(string title)
{
    // A cell of numbers longer than this says why there is no number: it wraps like words.
    private const int LongestNumber = 28;
    private readonly StringBuilder _body = new();
    private readonly List<(string Id, string Text)> _contents = [];

    public void Section(string heading)
    {
        var id = $"s{_contents.Count + 1}";
        _contents.Add((id, heading));
        _body.Append($"<h2 id=\"{id}\">{Escape(heading)}</h2>\n");
    }

    public void Heading(string text) => _body.Append($"<h3>{Escape(text)}</h3>\n");

    public void Text(string text) => _body.Append($"<p>{Escape(text)}</p>\n");

    /// <summary>A line in small type: provenance, definitions.</summary>
    public void Note(string text) => _body.Append($"<p class=\"note\">{Escape(text)}</p>\n");

    /// <summary>Short lines under each other.</summary>
    public void Items(IEnumerable<string> items) => _body.Append($"<ul class=\"note\">\n{string.Concat(items.Select(item => $"<li>{Escape(item)}</li>\n"))}</ul>\n");

    /// <summary>The label of evidence that stands beside every number: real, emulated or simulated.</summary>
    public void Evidence(string word, string text)
    {
        var kind = word is "real" or "emulated" or "simulated" ? " " + word : "";
        _body.Append($"<p class=\"evidence\"><span class=\"tag{kind}\">{Escape(word)}</span> {Escape(text)}</p>\n");
    }

    public void Warning(string text) => _body.Append($"<p class=\"warning\">{Escape(text)}</p>\n");

    public void Plot(SvgPlot plot) => _body.Append($"<figure><figcaption>{Escape(plot.Title)}</figcaption>\n{plot.Legend()}<div class=\"scroll\">{plot.ToSvg()}</div></figure>\n");

    /// <summary>The big numbers at the top of a section.</summary>
    public void Tiles(IEnumerable<(string Name, string Value, string Under)> tiles)
    {
        _body.Append("<div class=\"tiles\">\n");
        foreach (var (name, value, under) in tiles)
        {
            _body.Append($"<div class=\"tile\"><b>{Escape(value)}</b><span>{Escape(name)}</span><small>{Escape(under)}</small></div>\n");
        }

        _body.Append("</div>\n");
    }

    /// <summary>A table: numbers right-aligned and kept on one line, words left-aligned and wrapped.</summary>
    /// <param name="head">Names of the columns.</param>
    /// <param name="rows">As many cells as columns.</param>
    /// <param name="text">Columns of words beside the first, from 0.</param>
    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, params IReadOnlyList<int> text)
    {
        _body.Append("<div class=\"scroll\"><table>\n<thead>");
        Row("th", head, text);
        _body.Append("</thead>\n<tbody>\n");
        foreach (var row in rows)
        {
            Row("td", row, text);
        }

        _body.Append("</tbody></table></div>\n");
    }

    /// <summary>Text that opens on a click: manifests, scenarios.</summary>
    public void Fold(string summary, string text) => _body.Append($"<details><summary>{Escape(summary)}</summary><pre>{Escape(text)}</pre></details>\n");

    public override string ToString()
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Append($"<title>{Escape(title)}</title>\n<style>\n{PageStyle.Css}</style>\n</head>\n<body>\n<main>\n<h1>{Escape(title)}</h1>\n");
        if (_contents.Count > 2)
        {
            page.Append($"<nav>{string.Join(" · ", _contents.Select(entry => $"<a href=\"#{entry.Id}\">{Escape(entry.Text)}</a>"))}</nav>\n");
        }

        return page.Append(_body).Append("</main>\n</body>\n</html>\n").ToString();
    }

    private void Row(string tag, IReadOnlyList<string> cells, IReadOnlyList<int> text)
    {
        _body.Append("<tr>");
        for (var i = 0; i < cells.Count; i++)
        {
            var isText = i == 0 || text.Contains(i);
            var style = isText ? "" : cells[i].Length > LongestNumber ? " class=\"n long\"" : " class=\"n\"";
            _body.Append($"<{tag}{style}>{Escape(cells[i])}</{tag}>");
        }

        _body.Append("</tr>\n");
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
