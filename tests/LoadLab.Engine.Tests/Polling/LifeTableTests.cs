using LoadLab.Core;
using LoadLab.Engine.Polling;

namespace LoadLab.Engine.Tests.Polling;

public sealed class LifeTableTests
{
    [Fact]
    public void Table_knows_nothing_before_enough_jobs_have_been_seen()
    {
        var table = new LifeTable();
        for (var i = 0; i < 15; i++)
        {
            table.Survived(0, 10);
            table.Ended(10, 10.2);
        }

        table.Refresh();
        Assert.Equal((0, 0), (table.Frontier, table.ShareEndedBy(100)));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.08)]
    [InlineData(1.3)]
    public void Quantiles_are_those_of_the_jobs_however_wide_their_brackets(double spacing)
    {
        var (table, random) = (new LifeTable(), new Seed(1).Stream("lives"));
        for (var i = 0; i < 20_000; i++)
        {
            Live(table, 600 * Math.Exp(0.3 * random.NextNormal()), spacing, 300 * (1 + (0.3 * random.NextDouble())));
            if (i % 100 == 0)
            {
                table.Refresh();
            }
        }

        table.Refresh();
        Assert.Equal(600, table.AgeOf(0.5), 25.0);
        Assert.Equal(0.5, table.ShareEndedBy(600), 0.05);
        Assert.Equal(600 * Math.Exp(0.3 * 1.2816), table.AgeOf(0.9), 45.0);
        Assert.Equal(600 * Math.Exp(0.3 * -1.2816), table.AgeOf(0.1), 25.0);
    }

    [Fact]
    public void First_ends_of_a_crowd_do_not_pass_for_the_whole()
    {
        var table = new LifeTable();
        for (var i = 0; i < 1000; i++)
        {
            table.Survived(0, 300);
        }

        for (var i = 0; i < 20; i++)
        {
            table.Ended(300, 305);
        }

        table.Refresh();
        Assert.InRange(table.ShareEndedBy(300), 0, 0.021);
        Assert.InRange(table.Frontier, 299, 306.1);
    }

    [Fact]
    public void New_speed_of_a_service_replaces_the_old_one()
    {
        var (table, random) = (new LifeTable(), new Seed(2).Stream("lives"));
        for (var i = 0; i < 12_000; i++)
        {
            Live(table, (i < 6000 ? 600 : 60) * Math.Exp(0.3 * random.NextNormal()), 1.02, 1);
        }

        table.Refresh();
        Assert.Equal(60, table.AgeOf(0.5), 4.0);
    }

    [Fact]
    public void Ages_out_of_bounds_stay_in_the_table()
    {
        var table = new LifeTable();
        for (var i = 0; i < 100_000; i++)
        {
            table.Survived(0, 1e12);
            table.Ended(1e12, 2e12);
            table.Ended(0, 0);
        }

        table.Refresh();
        Assert.True(double.IsFinite(table.AgeOf(0.3)) && table.ShareEndedBy(1e15) is >= 0 and <= 1);
    }

    private static void Live(LifeTable table, double end, double spacing, double first)
    {
        if (spacing == 1)
        {
            table.Survived(0, end);
            table.Ended(end, end);
            return;
        }

        var (pending, next) = (0.0, first);
        while (next < end)
        {
            table.Survived(pending, next);
            (pending, next) = (next, next * spacing);
        }

        table.Ended(pending, next);
    }
}
