namespace LoadLab.Stubs;

/// <summary>A way for a service to misbehave.</summary>
public enum FaultKind
{
    None,

    /// <summary>503 for <see cref="StubFault.For"/>, counted from the first submission: the service wakes from zero replicas.</summary>
    ScaleFromZero,

    /// <summary>429 with Retry-After.</summary>
    TooManyRequests,

    /// <summary>The job is accepted and never heard of again.</summary>
    LostJob,

    /// <summary>The job is unknown for <see cref="StubFault.For"/> after its submission.</summary>
    PollRace,

    /// <summary>The body drips for <see cref="StubFault.For"/>.</summary>
    SlowBody,

    /// <summary>307 to another path of the same address.</summary>
    RedirectSame,

    /// <summary>307 to the listener that counts who comes.</summary>
    RedirectElsewhere,

    /// <summary>The addresses that the service gives of its jobs lie at the listener that counts who comes.</summary>
    AddressesElsewhere,

    /// <summary>The job ends badly, with <see cref="StubFault.Code"/>.</summary>
    FailedJob,

    /// <summary>The listener closes when this request has been answered, and every connection with it.</summary>
    StopAccepting,

    /// <summary>The request is read and never answered.</summary>
    Silent,

    /// <summary>The service shuts its half of the connection without answering, and holds the other.</summary>
    HalfClosed,

    /// <summary>The connection is reset within the body of the answer.</summary>
    Reset,
}

/// <summary>One fault and the requests it strikes: deterministic, by number.</summary>
public sealed record StubFault
{
    public static readonly StubFault None = new();

    public FaultKind Kind { get; init; }

    /// <summary>Which requests it strikes. Faults of jobs strike by the job's number.</summary>
    public StubAct On { get; init; }

    /// <summary>Every how many of them: 1 = all, 2 = the second, the fourth.</summary>
    public int Every { get; init; } = 1;

    /// <summary>How many requests it strikes at most.</summary>
    public int Times { get; init; } = int.MaxValue;

    public TimeSpan For { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The service's word for why a job failed.</summary>
    public string Code { get; init; } = "internal_error";

    /// <summary>The name people write: scale-from-zero for ScaleFromZero.</summary>
    public static string NameOf(FaultKind kind) => string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    public static FaultKind? KindOf(string name) => Enum.GetValues<FaultKind>().Cast<FaultKind?>().FirstOrDefault(kind => NameOf(kind!.Value) == name);

    internal bool Strikes(FaultKind kind, StubAct act, int number) => Kind == kind && On == act && number % Every == 0 && number / Every <= Times;

    internal bool StrikesJob(FaultKind kind, int number) => Kind == kind && number % Every == 0;
}
