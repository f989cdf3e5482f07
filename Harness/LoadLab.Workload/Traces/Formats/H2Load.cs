namespace LoadLab.Workload;

/// <summary>h2load's timing script: milliseconds from the start (to the microsecond), a tab, a URI.</summary>
internal sealed class H2Load : ITraceFormat
{
    public TraceFormat Format => TraceFormat.H2Load;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is DelimitedLines { Tabs: true, HasHeader: false } && first.Columns == 2
        ? new TraceLayout(Format, "#1", TraceUnit.Milliseconds)
        : null;
}
