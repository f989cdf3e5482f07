using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Planning.Tests;

public class PriceTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_row_of_the_shipped_table_is_read_and_its_file_is_the_one_in_scenarios()
    {
        var file = PriceTable.Read(Checkout.At("Scenarios", "prices", "gpu-prices.csv"));
        Assert.Equal(file.Prices, PriceTable.Shipped.Prices);
        Assert.Equal(51, file.Prices.Count);
        Assert.All(file.Prices, price =>
        {
            Assert.InRange(price.PerGpuHour, 0.1m, 20m);
            Assert.True(price.Source.Length > 10, price.Sku);
            Assert.True(price.Date is not null || price.Version.Length > 0, price.Sku);
            Assert.EndsWith("/" + price.Tier, price.Sku, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Tables_of_facts_beside_the_repository_hold_the_same_amounts()
    {
        var facts = Golden.Shared("specs/gpu-prices.csv");
        Assert.SkipWhen(facts is null, "../shared/specs/gpu-prices.csv is not here");
        var amounts = File.ReadLines(facts).Skip(1).Select(line => line.Split(',')[4]);
        Assert.Equal(amounts, PriceTable.Shipped.Prices.Select(price => price.PerGpuHour.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_label_names_price_place_date_and_source()
    {
        Assert.Equal(
            "runpod-community/h100-sxm/on-demand at 2.69 USD per GPU-hour, RunPod community, 2026-11-09, source datareceipts/data-receipts 109-gpu-pricing/vendors.json (search excerpt)",
            PriceTable.Shipped.Find("runpod-community/h100-sxm/on-demand")!.Label);
        Assert.Contains("FIN-02, date unknown, catalog v8", Make.Verda.Price.Label, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-10", false)]
    [InlineData("2027-02-07", false)]
    [InlineData("2027-02-08", true)]
    public void A_price_grows_stale_after_ninety_days(string today, bool stale)
    {
        var price = PriceTable.Shipped.Find("runpod-community/h100-sxm/on-demand")!;
        Assert.Equal(stale, price.StaleWarning(DateOnly.ParseExact(today, "yyyy-MM-dd")) is not null);
        Assert.NotNull(Make.Verda.Price.StaleWarning(new DateOnly(2026, 11, 10)));
    }

    [Fact]
    public void A_sku_is_looked_up_and_a_misspelt_one_is_refused_with_those_near()
    {
        var problems = new Problems();
        Assert.Equal(2.29m, PriceOptions.Bind(Make.Root("price: { sku: verda/h100-sxm/on-demand, overhead: 0.05 }", problems), null)!.Price.PerGpuHour);
        Assert.False(problems.Any);

        Assert.Null(PriceOptions.Bind(Make.Root("name: x\nprice:\n  sku: verda/h100/ondemand", problems)));
        var problem = Assert.Single(problems.All);
        Assert.Equal((3, "price.sku", "verda/h100/ondemand"), (problem.Line, problem.Field, problem.Value));
        Assert.StartsWith("near it: verda/h100-sxm/on-demand", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_of_ones_own_keeps_its_currency_source_and_date()
    {
        var problems = new Problems();
        var price = PriceOptions.Bind(Make.Root("price: { perGpuHour: 12.5, currency: CNY, source: quote of March, date: 2026-03-02 }", problems))!.Price;
        Assert.False(problems.Any);
        Assert.Equal("given at 12.5 CNY per GPU-hour, 2026-03-02, source quote of March", price.Label);
    }

    [Fact]
    public void All_faults_of_a_price_are_told_at_once()
    {
        var problems = new Problems();
        Assert.Null(PriceOptions.Bind(Make.Root("price:\n  perGpuHour: -1\n  currency: euro\n  date: yesterday\n  skuu: x", problems)));
        Assert.Equal(["price.perGpuHour", "price.date", "price.currency", "price.source", "price.skuu"], problems.All.Select(problem => problem.Field));

        var neither = new Problems();
        Assert.Null(PriceOptions.Bind(Make.Root("price: { overhead: 0.1 }", neither)));
        Assert.Contains("neither", Assert.Single(neither.All).Message, StringComparison.Ordinal);
        Assert.Null(PriceOptions.Bind(Make.Root("name: x", neither)));
    }

    [Fact]
    public void Every_bad_row_of_a_table_is_named_with_its_line()
    {
        const string Header = "sku,provider,gpu,memory_gb,tier,usd_per_gpu_hour,region,date,version,source\n";
        var problems = Assert.Throws<InputException>(() => PriceTable.Parse(
            Header + "a/b/c,,,,,1,,,,s\na/b/c,,,,,1,,,,s\nx,,,,,1,,,,s\nd/e/f,,,,,free,,2026-13-01,,s\n", "t.csv")).Problems;
        Assert.Equal([3, 4, 5, 5], problems.Select(problem => problem.Line));
        Assert.Throws<InputException>(() => PriceTable.Parse(Header, "t.csv"));
        Assert.Throws<InputException>(() => PriceTable.Parse("sku,price\nx,1\n", "t.csv"));
    }

    [Fact]
    public void Ten_thousand_mutated_tables_are_read_or_refused_and_never_crash()
    {
        const int Mutants = 10_000;
        var lines = File.ReadAllLines(Checkout.At("Scenarios", "prices", "gpu-prices.csv"));
        var valid = string.Join('\n', lines[0], lines[1], lines[31], lines[50], "");
        var draw = new Seed(7).Stream("mutations");
        var (read, past) = (0, 0);
        for (var i = 0; i < Mutants; i++)
        {
            var text = valid.ToCharArray();
            var from = draw.NextInt(8) == 0 ? 0 : lines[0].Length + 1;
            for (var k = draw.NextInt(3); k >= 0; k--)
            {
                text[from + draw.NextInt(text.Length - from)] = (char)draw.NextInt(128);
            }

            past += new string(text).StartsWith(lines[0] + "\n", StringComparison.Ordinal) ? 1 : 0;
            try
            {
                Assert.All(PriceTable.Parse(new string(text), "mutant.csv").Prices, price => Assert.InRange(price.PerGpuHour, 0.0000001m, 100_000m));
                read++;
            }
            catch (InputException refused)
            {
                Assert.NotEmpty(refused.Problems);
            }
        }

        output.WriteLine($"{Mutants} mutants: {past} past the header, {read} read, {Mutants - read} refused");
        Assert.InRange(past, Mutants / 2, Mutants);
        Assert.InRange(read, Mutants / 10, Mutants);
    }
}
