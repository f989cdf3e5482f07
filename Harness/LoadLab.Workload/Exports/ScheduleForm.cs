namespace LoadLab.Workload;

/// <summary>The forms a schedule can be written in for other tools.</summary>
public enum ScheduleForm
{
    /// <summary>LoadLab's own arrivals, every field, to the nanosecond.</summary>
    Csv,

    /// <summary>AIPerf's fixed schedule: mooncake_trace JSONL.</summary>
    AiPerf,

    /// <summary>A timing script of h2load.</summary>
    H2Load,
}
