namespace LoadLab.Reports;

/// <summary>The page: what was found first, then what it was found from.</summary>
public static class ReportPage
{
    public static string Render(ReportContent content)
    {
        var page = new HtmlPage(content.Title);
        foreach (var sentence in content.Lead)
        {
            page.Text(sentence);
        }

        if (content.Headlines.Count > 0)
        {
            page.Section("In short");
            page.Table(
                ["figure", "value", "evidence", "what stands behind it"],
                content.Headlines.Select(headline => (IReadOnlyList<string>)[headline.Name, headline.Value, headline.Evidence, headline.Behind]),
                text: [2, 3]);
        }

        foreach (var run in content.Runs)
        {
            RunSection.Add(page, run);
        }

        EnginesSection.Add(page, content.Runs);
        foreach (var table in content.Tables)
        {
            page.Section(table.Heading);
            page.Note(table.Note);
            page.Table(table.Head, table.Rows, text: table.TextColumns);
        }

        if (content.Fidelity is { } fidelity)
        {
            page.Section("How far off the simulator was");
            FidelitySection.Add(page, fidelity);
        }

        if (content.Forecasts.Count > 0)
        {
            page.Section("Forecast");
            foreach (var (report, behind) in content.Forecasts)
            {
                ForecastSection.Add(page, report, behind);
            }
        }

        if (content.Ab is { } ab)
        {
            page.Section("Two scaling rules on the same arrivals");
            AbSection.Add(page, ab);
        }

        if (content.Costs.Count > 0)
        {
            page.Section("Cost");
            foreach (var (subject, cost) in content.Costs)
            {
                CostSection.Add(page, subject, cost);
            }
        }

        return page.ToString();
    }
}
