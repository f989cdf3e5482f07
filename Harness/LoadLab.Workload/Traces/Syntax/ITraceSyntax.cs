namespace LoadLab.Workload;

/// <summary>How the rows of a trace are written: takes one line apart into named fields.</summary>
internal interface ITraceSyntax
{
    /// <summary>Whether the first line names the columns and is no row itself.</summary>
    bool HasHeader { get; }

    /// <summary>Puts the fields of a line into the row; what is wrong with the line, or null.</summary>
    string? Split(string line, TraceFields row);
}
