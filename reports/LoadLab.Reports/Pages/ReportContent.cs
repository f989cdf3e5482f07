using LoadLab.Core.Runs;
using LoadLab.Forecast;
using LoadLab.Planning;

namespace LoadLab.Reports;

/// <summary>Everything one page shows, and the same as one JSON document. Whatever is absent is left out.</summary>
public sealed record ReportContent
{
    public required string Title { get; init; }

    /// <summary>Sentences under the title: what was done and what to believe.</summary>
    public IReadOnlyList<string> Lead { get; init; } = [];

    /// <summary>The few numbers a reader came for, each with what stands behind it.</summary>
    public IReadOnlyList<Headline> Headlines { get; init; } = [];

    public IReadOnlyList<RunFolder> Runs { get; init; } = [];

    public FidelityView? Fidelity { get; init; }

    public IReadOnlyList<(ForecastReport Report, string Behind)> Forecasts { get; init; } = [];

    public AbReport? Ab { get; init; }

    public IReadOnlyList<(string Subject, CostReport Cost)> Costs { get; init; } = [];

    /// <summary>Tables of the caller's own, for example the calibrated profile.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];
}

/// <param name="Name">What it is.</param>
/// <param name="Value">With its unit.</param>
/// <param name="Evidence">real, emulated or simulated.</param>
/// <param name="Behind">How many real calls, on which device; for a predicted number its error.</param>
public sealed record Headline(string Name, string Value, string Evidence, string Behind);

/// <param name="Heading">Of its section.</param>
/// <param name="Note">What stands behind the numbers.</param>
/// <param name="Head">Names of the columns; the first is of words.</param>
/// <param name="Rows">As many cells as columns.</param>
public sealed record ReportTable(string Heading, string Note, IReadOnlyList<string> Head, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Columns of words beside the first, from 0; the others hold numbers.</summary>
    /// <value>none</value>
    public IReadOnlyList<int> TextColumns { get; init; } = [];
}
