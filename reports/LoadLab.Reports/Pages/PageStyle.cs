namespace LoadLab.Reports;

/// <summary>The page's one style sheet: light and dark, wide and narrow, no font or picture from outside.</summary>
internal static class PageStyle
{
    public const string Css =
        """
        :root { --ink: #1c2430; --soft: #5b6675; --paper: #fbfbf9; --card: #ffffff; --rule: #dfe3e8; --on: #ffffff;
          --c0: #1f6fb5; --c1: #c4571a; --c2: #23805d; --c3: #8a5fb0; --c4: #b03a4a; --c5: #80702a; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa6b4; --paper: #14181e; --card: #1b2129; --rule: #313a45; --on: #14181e;
          --c0: #62aee8; --c1: #f0955c; --c2: #5cc79d; --c3: #b892dc; --c4: #e8737f; --c5: #c9b760; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
        main { max-width: 940px; margin: 0 auto; padding: 28px 20px 80px; }
        h1 { font-size: 27px; margin: 0 0 6px; line-height: 1.2; }
        h2 { font-size: 20px; margin: 44px 0 8px; padding-top: 14px; border-top: 1px solid var(--rule); }
        h3 { font-size: 15px; margin: 26px 0 4px; }
        nav { color: var(--soft); font-size: 13px; margin-bottom: 8px; }
        nav a { color: var(--c0); text-decoration: none; }
        p { margin: 6px 0; max-width: 78ch; }
        .note, .evidence { color: var(--soft); font-size: 13px; max-width: 96ch; }
        ul.note { margin: 6px 0; padding-left: 20px; }
        .warning { border-left: 4px solid var(--c4); padding: 4px 12px; background: var(--card); }
        .tag { display: inline-block; padding: 0 8px; border-radius: 9px; color: var(--on); background: var(--soft); font-size: 12px; }
        .tag.real { background: var(--c2); }
        .tag.simulated { background: var(--c3); }
        .tag.emulated { background: var(--c1); }
        .tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 12px 0; }
        .tile { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 14px; min-width: 132px; flex: 1 1 auto; }
        .tile b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
        .tile span { display: block; }
        .tile small { color: var(--soft); }
        figure { margin: 16px 0; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 12px; }
        figcaption { font-weight: 600; font-size: 14px; }
        .legend { margin: 2px 0 0; font-size: 12.5px; max-width: none; }
        .key { display: inline-block; margin-right: 14px; }
        .key::before { content: ""; display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin: 0 5px 3px 0; background: currentColor; }
        .plot { width: 100%; min-width: 760px; height: auto; display: block; }
        .plot text { fill: var(--soft); font-size: 11px; }
        .plot .label { font-size: 11.5px; }
        .grid { stroke: var(--rule); }
        .axis { stroke: var(--soft); }
        .line { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
        .dot { fill: none; stroke: currentColor; stroke-width: 4; stroke-linecap: round; opacity: .7; }
        .many { opacity: .35; }
        .area { fill: currentColor; opacity: .25; }
        .bar { fill: currentColor; opacity: .7; }
        .plot .c0, .key.c0::before { color: var(--c0); }
        .plot .c1, .key.c1::before { color: var(--c1); }
        .plot .c2, .key.c2::before { color: var(--c2); }
        .plot .c3, .key.c3::before { color: var(--c3); }
        .plot .c4, .key.c4::before { color: var(--c4); }
        .plot .c5, .key.c5::before { color: var(--c5); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; margin: 10px 0; }
        th, td { padding: 4px 18px 4px 0; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
        th:last-child, td:last-child { padding-right: 0; }
        th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
        .n { text-align: right; }
        td.n { white-space: nowrap; }
        td.long { white-space: normal; min-width: 16ch; }
        td:first-child { min-width: 12ch; }
        details { margin: 10px 0; }
        summary { cursor: pointer; }
        pre { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 10px; overflow-x: auto; font-size: 12px; }
        @media (max-width: 520px) { main { padding: 16px 12px 60px; } figure { padding: 8px; } }
        @media print { .plot { min-width: 0; } figure, .tile { break-inside: avoid; } }

        """;
}
