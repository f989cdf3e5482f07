namespace LoadLab.Workload;

/// <summary>One format of trace files: how it is told from others, and where a row keeps its arrival and its job.</summary>
internal interface ITraceFormat
{
    TraceFormat Format { get; }

    /// <summary>How to read a file whose first row (or header) has these fields; null when it is not of this format.</summary>
    /// <param name="first">The columns, or the fields of the first row.</param>
    /// <param name="asked">The format was named: a first row that misses its optional marks is then no reason to doubt it.</param>
    TraceLayout? Open(TraceFields first, bool asked);
}
