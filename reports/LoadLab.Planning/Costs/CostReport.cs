using LoadLab.Core;

namespace LoadLab.Planning;

/// <summary>
/// What a run cost. Amounts have nine decimals and add up exactly; beside each stands its share in whole cents, which add up to the total in cents. Never converted between currencies.
/// </summary>
public sealed record CostReport
{
    /// <summary>What to believe of the amounts: evidence, device, count of real calls, and "priced as if" where no GPU was rented.</summary>
    public required string Wording { get; init; }

    /// <summary>Where the replicas were seen when the run has no journal of its serving core; null when it has one.</summary>
    public UsageSource? Observed { get; init; }

    public required string PriceLabel { get; init; }

    public required string Currency { get; init; }

    public required decimal PerGpuHour { get; init; }

    /// <summary>real, emulated or simulated.</summary>
    public required string Evidence { get; init; }

    public required int RealCalls { get; init; }

    public required bool PricedAsIf { get; init; }

    public required double GpuHours { get; init; }

    public required decimal Total { get; init; }

    public required decimal TotalCents { get; init; }

    /// <summary>busy, idle, load (cold starts), drain, down, overhead; always these six.</summary>
    public required IReadOnlyList<CostPart> Parts { get; init; }

    /// <summary>The busy part by what it was for: completed, refused, failed, abandoned, unfinished; always these five, and they add up to it. Empty when nothing says.</summary>
    public IReadOnlyList<CostPart> Work { get; init; } = [];

    /// <summary>What says so: the journal, or the calls' own times.</summary>
    public string WorkFrom { get; init; } = "";

    /// <summary>Busy for nothing: refused after it ran, and attempts that failed. Null when nothing says.</summary>
    public CostPart? Wasted { get; init; }

    public required int PlannedCalls { get; init; }

    public required int CompletedCalls { get; init; }

    /// <summary>Per 1000 calls that completed: what failed, waited or idled is paid by these.</summary>
    public required Figure PerThousand { get; init; }

    /// <summary>95 % interval of <see cref="PerThousand"/> over time blocks; null when the run is too short for it.</summary>
    public required RatioInterval? Interval { get; init; }

    /// <summary>Why there is no interval; null when there is one.</summary>
    public required string? NoInterval { get; init; }

    /// <summary>Per second of generated video.</summary>
    public required Figure PerVideoSecond { get; init; }

    /// <summary>Busy / provisioned time.</summary>
    public required Figure BusyShare { get; init; }

    /// <summary>In order of name.</summary>
    public required IReadOnlyList<TenantCost> Tenants { get; init; }

    public static CostReport Of(CostBasis basis)
    {
        var bill = Bill.Of(basis.Usage, basis.Gpus, basis.Price);
        var completed = basis.Calls.Where(call => call.Outcome == Outcome.Completed).ToList();
        var seconds = completed.Sum(call => VideoLength.Seconds(call) ?? double.NaN);
        var blocks = CostBlocks.Cut(basis);
        var account = basis.Work ?? WorkAccount.OfCalls(basis.Calls);
        var work = bill.Split(account);
        return new CostReport
        {
            Wording = WordingOf(basis),
            Observed = basis.Source,
            PriceLabel = basis.Price.Price.Label,
            Currency = basis.Price.Price.Currency,
            PerGpuHour = basis.Price.Price.PerGpuHour,
            Evidence = Words.Of(basis.Evidence),
            RealCalls = basis.RealCalls,
            PricedAsIf = basis.DeviceIsCpu,
            GpuHours = bill.Provisioned.Seconds / 3600,
            Total = bill.Total,
            TotalCents = ExactSplit.Round(bill.Total, ExactSplit.Cent),
            Parts = bill.Parts,
            Work = work,
            WorkFrom = work.Count > 0 ? account.From : "",
            Wasted = WastedOf(work),
            PlannedCalls = basis.Calls.Count,
            CompletedCalls = completed.Count,
            PerThousand = completed.Count == 0 ? new Figure(null, "no call completed") : new Figure((double)(1000 * bill.Total / completed.Count)),
            Interval = blocks.Interval,
            NoInterval = blocks.Why,
            PerVideoSecond = Figure.Of(seconds > 0 ? (double)bill.Total / seconds : double.NaN, completed.Count == 0 ? "no call completed" : "the frame rate of a model is not known"),
            BusyShare = basis.Source is { BusyKnown: false } unseen
                ? new Figure(null, unseen.BusyFrom)
                : Figure.Of(bill.Provisioned == Duration.Zero ? double.NaN : bill.Parts[0].GpuSeconds / bill.Provisioned.Seconds, "no replica was provisioned"),
            Tenants = TenantCost.Of(basis.Calls, basis.Work, bill),
        };
    }

    private static CostPart? WastedOf(IReadOnlyList<CostPart> work)
    {
        var parts = work.Where((_, use) => (WorkUse)use is WorkUse.Refused or WorkUse.Failed).ToList();
        return parts.Count == 0 ? null : new CostPart("wasted", parts.Sum(part => part.GpuSeconds), parts.Sum(part => part.Amount), parts.Sum(part => part.Cents));
    }

    private static string WordingOf(CostBasis basis)
    {
        var behind = $"{basis.RealCalls} real call{(basis.RealCalls == 1 ? "" : "s")} on {basis.Device} behind it";
        if (basis is { Source: not null, DeviceIsCpu: true })
        {
            return $"priced as if the observed replicas had been {basis.Price.Price.Sku}: what they ran on was not seen ({Words.Of(basis.Evidence)}, {behind})";
        }

        return basis.DeviceIsCpu
            ? $"priced as if the replicas had been {basis.Price.Price.Sku}; nothing was rented ({Words.Of(basis.Evidence)}, {behind})"
            : $"{Words.Of(basis.Evidence)}, {behind}";
    }
}

/// <summary>One line of the split.</summary>
/// <param name="Name">busy, idle, load, drain, down or overhead; of the busy part completed, refused, failed, abandoned or unfinished; or wasted.</param>
/// <param name="GpuSeconds">0 for overhead.</param>
/// <param name="Amount">Nine decimals; the parts add up to the total.</param>
/// <param name="Cents">Two decimals; the parts add up to the total in cents.</param>
public sealed record CostPart(string Name, double GpuSeconds, decimal Amount, decimal Cents);
