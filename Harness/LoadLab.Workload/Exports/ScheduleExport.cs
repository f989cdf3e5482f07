using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>Writes a schedule for another tool, so that it plays the same arrivals.</summary>
public static class ScheduleExport
{
    /// <summary>Replaces the file whole, never half.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="schedule">What.</param>
    /// <param name="form">How.</param>
    /// <param name="address">Of an h2load script: an address, or a path that h2load puts behind its base URI.</param>
    /// <exception cref="InputException">The address is not one line of printable characters.</exception>
    public static void Write(string path, Schedule schedule, ScheduleForm form, string address)
    {
        if (schedule.ClosedUsers is not null)
        {
            throw new InputException(new Problem(path, 0, "workload.closed", null, "has no times that another tool could play", "export an open load: arrivals or a trace"));
        }

        switch (form)
        {
            case ScheduleForm.AiPerf:
                WholeFile.Write((path, file => AiPerfSchedule.Write(file, schedule)));
                break;
            case ScheduleForm.H2Load:
                H2LoadScript.Check(address);
                WholeFile.Write((path, file => H2LoadScript.Write(file, schedule, address)));
                break;
            default:
                TraceWriter.Write(path, CsvSchedule.Of(schedule));
                break;
        }
    }
}
