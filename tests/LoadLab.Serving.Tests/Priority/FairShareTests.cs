using LoadLab.Core;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Priority;

public class FairShareTests
{
    [Fact]
    public void One_job_of_another_tenant_goes_before_the_rest_of_a_backlog()
    {
        var fair = Create();
        Assert.Equal([0.0, 10, 20, 30], Tags(fair, "acme", 4, 10));
        fair.Started(0);
        Assert.Equal(0, fair.Tag("bee", 10));
    }

    [Fact]
    public void Weight_3_gets_three_jobs_for_one()
    {
        var fair = Create(("acme", 3));
        var jobs = Tags(fair, "acme", 6, 9).Select(tag => (tag, "acme")).Concat(Tags(fair, "bee", 2, 9).Select(tag => (tag, "bee")));
        Assert.Equal([(0, "acme"), (0, "bee"), (3, "acme"), (6, "acme"), (9, "acme"), (9, "bee"), (12, "acme"), (15, "acme")], jobs.Order());
    }

    [Fact]
    public void Idle_tenant_saves_nothing_up()
    {
        var fair = Create();
        foreach (var tag in Tags(fair, "acme", 4, 10))
        {
            fair.Started(tag);
        }

        Assert.Equal(30, fair.Tag("bee", 10));
        Assert.Equal(40, fair.Tag("bee", 10));
    }

    [Fact]
    public void Virtual_time_never_goes_back()
    {
        var fair = Create();
        fair.Started(30);
        fair.Started(10);
        Assert.Equal(30, fair.Tag("bee", 1));
    }

    [Fact]
    public void Job_that_never_ran_costs_its_tenant_nothing()
    {
        var fair = Create(("acme", 2));
        Tags(fair, "acme", 100, 10);
        for (var i = 0; i < 99; i++)
        {
            fair.Dropped("acme", 10);
        }

        Assert.Equal(5, fair.Tag("acme", 10));
        fair.Dropped("unheard-of", 10);
    }

    [Fact]
    public void After_an_idle_moment_all_start_even()
    {
        var fair = Create();
        Tags(fair, "acme", 4, 10);
        fair.Started(30);
        fair.Idle();
        Assert.Equal((30, 30), (fair.Tag("acme", 1), fair.Tag("bee", 1)));
    }

    [Fact]
    public void Without_tenants_the_order_is_that_of_arrival()
    {
        var fair = new FairShare(new FairnessOptions());
        Assert.All(Tags(fair, "acme", 5, 10).Concat(Tags(fair, "bee", 5, 1)), tag => Assert.Equal(0, tag));
        Assert.Equal(0, fair.Tenants);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Seconds_that_cannot_be_are_refused(double seconds) => Assert.Throws<ArgumentOutOfRangeException>(() => Create().Tag("acme", seconds));

    [Fact]
    public void Served_time_of_two_backlogged_tenants_stays_within_the_papers_bound()
    {
        for (var number = 0; number < 200; number++)
        {
            new Server(new Seed(1997).Derive(number)).Play(300);
        }
    }

    [Fact]
    public void Flood_that_takes_all_in_order_of_arrival_takes_its_share_only()
    {
        Assert.True(Flood(byTenant: false) < 0.65);
        Assert.True(Flood(byTenant: true) > 0.999);
    }

    [Fact]
    public void Tenants_that_come_once_are_forgotten()
    {
        var fair = Create();
        for (var tenant = 0; tenant < 300_000; tenant++)
        {
            // Each waits for a hundred others.
            fair.Started(Math.Max(0, tenant - 100));
            fair.Tag($"t{tenant}", 1);
            Assert.True(fair.Tenants <= 1025);
        }
    }

    [Fact]
    public void Memory_is_bounded_where_virtual_time_stands_still()
    {
        var fair = Create();
        fair.Tag("heavy", 1e6);
        for (var tenant = 0; tenant < 300_000; tenant++)
        {
            fair.Tag($"t{tenant}", 1 + (tenant % 1000));
        }

        Assert.InRange(fair.Tenants, 1, FairShare.MostTenants);
        Assert.Equal(1e6, fair.Tag("heavy", 1)); // furthest ahead: not forgotten
    }

    private static FairShare Create(params (string Tenant, double Weight)[] weights) =>
        new(new FairnessOptions { ByTenant = true, Weights = weights.ToDictionary(weight => weight.Tenant, weight => weight.Weight) });

    private static List<double> Tags(FairShare fair, string tenant, int jobs, double seconds) => [.. Enumerable.Range(0, jobs).Select(_ => fair.Tag(tenant, seconds))];

    /// <summary>Nine jobs of a flood come for each of a meek tenant; both always have some waiting. Jain's index of what was served.</summary>
    private static double Flood(bool byTenant)
    {
        var fair = new FairShare(new FairnessOptions { ByTenant = byTenant });
        var queue = new PriorityQueue<(double Tag, string Tenant), (double, int)>();
        for (var i = 0; i < 20_000; i++)
        {
            var tenant = i % 10 == 9 ? "meek" : "flood";
            var tag = fair.Tag(tenant, 1);
            queue.Enqueue((tag, tenant), (tag, i));
        }

        var (meek, flood) = (0.0, 0.0);
        for (var i = 0; i < 2000; i++)
        {
            var (tag, tenant) = queue.Dequeue();
            fair.Started(tag);
            (meek, flood) = tenant == "meek" ? (meek + 1, flood) : (meek, flood + 1);
        }

        return (meek + flood) * (meek + flood) / (2 * ((meek * meek) + (flood * flood)));
    }

    /// <summary>One server, two tenants that always have jobs waiting and a third that comes and goes.</summary>
    private sealed class Server
    {
        private readonly Seed _seed;
        private readonly RandomStream _random;
        private readonly FairShare _fair;
        private readonly double[] _weights;
        private readonly PriorityQueue<(double Tag, int Tenant, double Seconds), (double, int)> _queue = new();
        private readonly int[] _waiting = new int[3];
        private readonly double[] _served = new double[3];
        private readonly double[] _longest = new double[3];
        private int _arrived;

        public Server(Seed seed)
        {
            _seed = seed;
            _random = new RandomStream(seed);
            _weights = [.. Enumerable.Range(0, 3).Select(_ => 0.25 + (_random.NextDouble() * 4))];
            _fair = Create([.. _weights.Select((weight, tenant) => ($"t{tenant}", weight))]);
        }

        public void Play(int jobs)
        {
            var (least, most) = (0.0, 0.0);
            for (var i = 0; i < jobs; i++)
            {
                Refill();
                var (tag, tenant, seconds) = _queue.Dequeue();
                _fair.Started(tag);
                _waiting[tenant]--;
                Refill();
                _served[tenant] += seconds / _weights[tenant];
                var ahead = _served[0] - _served[1];
                (least, most) = (Math.Min(least, ahead), Math.Max(most, ahead));
            }

            // Any interval within the backlogged period: the largest rise or fall of the difference (theorem 1).
            var bound = (_longest[0] / _weights[0]) + (_longest[1] / _weights[1]);
            Assert.True(most - least <= bound + 1e-9, $"seed {_seed.Value}: {most - least} s apart, the bound is {bound}");
        }

        private void Refill()
        {
            for (var tenant = 0; tenant < 2; tenant++)
            {
                for (var more = _waiting[tenant] == 0 ? 1 + _random.NextInt(4) : _random.NextInt(8) / 7; more > 0; more--)
                {
                    Arrive(tenant);
                }
            }

            if (_random.NextInt(10) == 0)
            {
                Arrive(2);
            }
        }

        private void Arrive(int tenant)
        {
            var seconds = _random.NextDouble() * (tenant == 0 ? 100 : 10);
            _longest[tenant] = Math.Max(_longest[tenant], seconds);
            var tag = _fair.Tag($"t{tenant}", seconds);
            _queue.Enqueue((tag, tenant, seconds), (tag, _arrived++));
            _waiting[tenant]++;
        }
    }
}
