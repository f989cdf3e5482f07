using LoadLab.Core.Runs;

namespace LoadLab.Core.Tests;

/// <summary>Example records with every field set.</summary>
internal static class Records
{
    public static ScheduledCall Planned(int index) => new()
    {
        Index = index,
        Intended = new Instant((index * 1_000_000_007L) + 1),
        Tenant = "acme, inc",
        Tier = "free",
        Model = "nano",
        Width = 160,
        Height = 96,
        Frames = 9,
        Steps = 8,
        Guidance = 4.5,
        Quality = "\"high\"",
        CallSeed = 77 + index,
        Deadline = Duration.FromSeconds(5),
        Patience = Duration.FromSeconds(90.5),
        PromptHash = "85944171f73967e8",
    };

    public static CallRecord Call(int index)
    {
        var at = Planned(index).Intended;
        Instant After(double milliseconds) => at + Duration.FromMilliseconds(milliseconds);
        return CallRecord.Of(Planned(index), Outcome.Completed) with
        {
            Sent = After(0.25),
            Connected = After(0.5),
            Accepted = After(1),
            Queued = After(1.5),
            Started = After(20),
            TextEnd = After(21),
            DenoiseEnd = After(300),
            DecodeEnd = After(350),
            Completed = After(351),
            Polled = After(360),
            PollError = Duration.FromMilliseconds(9),
            ServedModel = "pico",
            Batch = 3,
            BatchSize = 2,
            Replica = 1,
            Attempts = 1,
            Bytes = 1_234_567,
        };
    }
}
