using System.Net;
using System.Text;

namespace LoadLab.Reports;

/// <summary>Builds one self-contained page: text, tables and inline SVG, no script, nothing fetched. All text is escaped here and nowhere else.</summary>
public sealed class HtmlPage(string title)
{
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

    /// <summary>The label of evidence that stands beside every number: real, emulated or simulated.</summary>
    public void Evidence(string word, string text) => _body.Append($"<p class=\"evidence\"><span class=\"tag {Escape(word)}\">{Escape(word)}</span> {Escape(text)}</p>\n");

    public void Warning(string text) => _body.Append($"<p class=\"warning\">{Escape(text)}</p>\n");

    public void Plot(SvgPlot plot) => _body.Append($"<figure><figcaption>{Escape(plot.Title)}</figcaption>\n{plot.Legend()}{plot.ToSvg()}</figure>\n");

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

    /// <summary>A table; columns from the second on are right-aligned.</summary>
    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        _body.Append("<div class=\"scroll\"><table>\n<thead><tr>");
        foreach (var cell in head)
        {
            _body.Append($"<th>{Escape(cell)}</th>");
        }

        _body.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in rows)
        {
            _body.Append("<tr>");
            foreach (var cell in row)
            {
                _body.Append($"<td>{Escape(cell)}</td>");
            }

            _body.Append("</tr>\n");
        }

        _body.Append("</tbody></table></div>\n");
    }

    /// <summary>Text that opens on a click: manifests, scenarios.</summary>
    public void Fold(string summary, string text) => _body.Append($"<details><summary>{Escape(summary)}</summary><pre>{Escape(text)}</pre></details>\n");

    public override string ToString()
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append($"<title>{Escape(title)}</title>\n<style>\n{Style}</style>\n</head>\n<body>\n<main>\n<h1>{Escape(title)}</h1>\n");
        if (_contents.Count > 2)
        {
            page.Append($"<nav>{string.Join(" · ", _contents.Select(entry => $"<a href=\"#{entry.Id}\">{Escape(entry.Text)}</a>"))}</nav>\n");
        }

        return page.Append(_body).Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private const string Style =
        """
        :root { --ink: #1c2430; --soft: #5b6675; --paper: #fbfbf9; --card: #ffffff; --rule: #dfe3e8;
          --c0: #1f6fb5; --c1: #d0672a; --c2: #2f8f6b; --c3: #8a5fb0; --c4: #b03a4a; --c5: #80702a; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa6b4; --paper: #14181e; --card: #1b2129; --rule: #313a45;
          --c0: #62aee8; --c1: #f0955c; --c2: #5cc79d; --c3: #b892dc; --c4: #e8737f; --c5: #c9b760; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width: 940px; margin: 0 auto; padding: 28px 20px 80px; }
        h1 { font-size: 27px; margin: 0 0 6px; line-height: 1.2; } h2 { font-size: 20px; margin: 44px 0 8px; padding-top: 14px; border-top: 1px solid var(--rule); } h3 { font-size: 15px; margin: 26px 0 4px; }
        nav { color: var(--soft); font-size: 13px; margin-bottom: 8px; } nav a { color: var(--c0); text-decoration: none; }
        p { margin: 6px 0; max-width: 78ch; } .note { color: var(--soft); font-size: 13px; }
        .warning { border-left: 4px solid var(--c4); padding: 4px 12px; background: var(--card); }
        .evidence { font-size: 13px; color: var(--soft); } .tag { display: inline-block; padding: 0 8px; border-radius: 9px; color: #fff; background: var(--c3); font-size: 12px; }
        .tag.real { background: var(--c2); } .tag.simulated { background: var(--c3); } .tag.emulated { background: var(--c1); } .tag.partial { background: var(--c4); }
        .tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 12px 0; } .tile { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 14px; min-width: 132px; flex: 1; }
        .tile b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; } .tile span { display: block; } .tile small { color: var(--soft); }
        figure { margin: 16px 0; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 12px; } figcaption { font-weight: 600; font-size: 14px; }
        .legend { margin: 2px 0 0; font-size: 12.5px; } .key::before { content: ""; display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin: 0 5px 3px 10px; background: currentColor; } .key { color: var(--ink); }
        .plot { width: 100%; height: auto; display: block; } .plot text { fill: var(--soft); font-size: 11px; } .plot .label { font-size: 11.5px; } .grid { stroke: var(--rule); } .axis { stroke: var(--soft); } .event { stroke: var(--soft); stroke-dasharray: 3 3; }
        .line { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; } .area { fill: currentColor; opacity: .28; } .bar { fill: currentColor; opacity: .75; } .dot { fill: currentColor; opacity: .7; }
        .plot .c0, .key.c0::before { color: var(--c0); } .plot .c1, .key.c1::before { color: var(--c1); } .plot .c2, .key.c2::before { color: var(--c2); } .plot .c3, .key.c3::before { color: var(--c3); } .plot .c4, .key.c4::before { color: var(--c4); } .plot .c5, .key.c5::before { color: var(--c5); }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; margin: 10px 0; } th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: top; } th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 600; }
        details { margin: 10px 0; } pre { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 10px; overflow-x: auto; font-size: 12px; }

        """;
}
