using LoadLab.Core;

namespace LoadLab.Planning.Tests;

public sealed class SpendEstimateTests
{
    private static readonly Price s_price = new() { Sku = "given", PerGpuHour = 3.6m, Currency = "USD", Source = "test" };

    /// <summary>A hundred calls of at most an hour each, over half an hour, at a tenth of a cent a second.</summary>
    private static readonly SpendBasis s_basis = new() { LimitSeconds = [.. Enumerable.Repeat(3600.0, 100)], LengthSeconds = 1800, DrainSeconds = 600, Price = s_price };

    [Fact]
    public void Without_a_limit_every_call_may_last_to_the_clients_own() => Worst(360m, "100 calls, each up to 1 h x 1 GPU at 3.6 USD an hour", s_basis);

    [Fact]
    public void MaxCalls_counts_the_calls_that_may_be_sent() => Worst(36m, "10 calls (maxCalls), each up to 1 h x 1 GPU at 3.6 USD an hour", s_basis with { MaxCalls = 10 });

    [Fact]
    public void MaxInFlight_counts_calls_at_once_over_the_run_and_its_drain() =>
        Worst(9.6m, "4 calls at once (maxInFlight) for 30 min and 10 min of drain x 1 GPU at 3.6 USD an hour", s_basis with { MaxInFlight = 4 });

    [Fact]
    public void MaxSpend_adds_what_is_in_flight_when_it_is_reached() =>
        Worst(7.4m, "maxSpend 5.00 and 4 calls in flight for 10 min more x 1 GPU at 3.6 USD an hour", s_basis with { MaxInFlight = 4, MaxSpend = new Usd(5) });

    [Fact]
    public void Jobs_that_are_left_running_go_on_to_the_clients_limit() =>
        Worst(19.4m, "maxSpend 5.00 and 4 calls in flight for 1 h more x 1 GPU at 3.6 USD an hour", s_basis with { MaxInFlight = 4, MaxSpend = new Usd(5), DrainSeconds = null });

    [Fact]
    public void A_call_that_keeps_eight_GPUs_costs_eight_times_as_much() => Worst(288m, "10 calls (maxCalls), each up to 1 h x 8 GPUs at 3.6 USD an hour", s_basis with { MaxCalls = 10, GpusPerCall = 8 });

    [Fact]
    public void Expected_spend_is_the_profiles_time_of_the_calls_that_may_be_sent()
    {
        var estimate = SpendEstimate.Of(s_basis with { MaxCalls = 10, ExpectedSeconds = [.. Enumerable.Repeat(30.0, 100)], ExpectedFrom = "profile p" });
        Assert.Equal(0.3m, estimate.Expected);
        Assert.Equal(["expected about 0.30 USD = 10 calls x 30 s x 1 GPU at 3.6 USD an hour; profile p", "at most 36.00 USD = 10 calls (maxCalls), each up to 1 h x 1 GPU at 3.6 USD an hour"], estimate.Lines());
        Assert.Equal("unknown: no profile was given that knows every shape", SpendEstimate.Of(s_basis).ExpectedFrom);
    }

    [Fact]
    public void Expected_spend_stops_where_the_guard_does()
    {
        var estimate = SpendEstimate.Of(s_basis with { MaxSpend = new Usd(1), MaxInFlight = 1, ExpectedSeconds = [.. Enumerable.Repeat(300.0, 100)], ExpectedFrom = "profile p" });
        Assert.Equal((1.6m, 1.6m), (estimate.Expected, estimate.WorstCase));
        Assert.Equal("the limit: without it 30.00 USD = 100 calls x 300 s x 1 GPU at 3.6 USD an hour; profile p", estimate.ExpectedFrom);
    }

    [Fact]
    public void Run_without_a_price_says_so_and_why()
    {
        var estimate = SpendEstimate.Of(s_basis with { Price = null, NoPrice = "the target is on this machine" });
        Assert.Equal((null, null, null), (estimate.Currency, estimate.Expected, estimate.WorstCase));
        Assert.Equal(["no price: the target is on this machine"], estimate.Lines());
    }

    private static void Worst(decimal amount, string how, SpendBasis basis)
    {
        var estimate = SpendEstimate.Of(basis);
        Assert.Equal((amount, how), (decimal.Round(estimate.WorstCase!.Value, 9), estimate.WorstCaseFrom));
    }
}
