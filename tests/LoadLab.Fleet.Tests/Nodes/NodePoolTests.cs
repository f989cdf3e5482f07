using LoadLab.Core;

namespace LoadLab.Fleet.Tests;

/// <summary>Nodes on a stand: orders are given by hand at explicit instants.</summary>
public class NodePoolTests
{
    private readonly VirtualTimeline _timeline = new(Instant.Zero);
    private readonly Agenda _agenda = new();
    private readonly List<(double At, int Node)> _placed = [];

    [Fact]
    public void Order_goes_to_the_node_with_the_fewest_GPUs_to_spare()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 8 });
        Assert.Equal([0, 1, 1, 0, 2], new[] { 4, 6, 2, 4, 1 }.Select(gpus => Place(pool, gpus).Node!.Number));
    }

    [Fact]
    public void Node_that_is_ready_comes_before_one_on_its_way()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 8, ProvisionDelay = Seconds(100) });
        Place(pool, 2);
        At(100);
        Place(pool, 7);
        Assert.Equal(0, Place(pool, 1).Node!.Number);
    }

    [Fact]
    public void Node_boots_and_pulls_the_image_once_and_its_replicas_share_it()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 8, ProvisionDelay = Seconds(180), BootDelay = Seconds(40), ImagePull = Seconds(60) });
        var first = Place(pool, 4);
        At(200);
        var second = Place(pool, 4);
        Assert.Same(first.Node, second.Node);
        Assert.Equal((180.0, 280.0), (first.Node!.Exists.Seconds, first.Node.Ready.Seconds));
        At(500);
        Assert.Equal(500.0 + 280, Place(pool, 1).Node!.Ready.Seconds);
    }

    [Fact]
    public void Replica_of_many_GPUs_waits_while_they_are_free_on_several_nodes()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 8, Most = 2 });
        var (first, _) = (Place(pool, 5), Place(pool, 5));
        At(10);
        var third = Place(pool, 5);
        Assert.Equal((1, 6), (pool.Waiting, pool.Empty));
        Assert.Null(third.Node);

        // One that needs little is not held up.
        Assert.Equal(0, Place(pool, 3).Node!.Number);
        At(70);
        pool.Free(first, Duration.Zero);
        Assert.Equal((0, (70.0, 0)), (pool.Waiting, _placed[^1]));
        _ = pool.Close(Instant.FromSeconds(100)).ToList();
        Assert.Equal(["1 order of a replica waited for a node of 8 h100, 60 s in all: the provider has 2. 1 of them found as many GPUs free, but on several nodes."], pool.Notes());
    }

    [Fact]
    public void Empty_node_stays_for_a_while_and_then_goes()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 2, ProvisionDelay = Seconds(5), KeepEmpty = Seconds(60) });
        var order = Place(pool, 1);
        At(20);
        pool.Free(order, Duration.Zero);
        At(79);
        order = Place(pool, 2);
        Assert.Equal(0, order.Node!.Number);
        At(100);
        pool.Free(order, Duration.Zero);
        At(200);
        Assert.Equal(0, pool.Existing);
        var use = Assert.Single(pool.Close(Instant.FromSeconds(300)));
        Assert.Equal((5.0, 160.0), (use.Provisioned.Seconds, use.Gone.Seconds));

        // One GPU free from 5 to 20, both from 20 to 79 and from 100 to 160.
        Assert.Equal(15.0 + (2 * 59) + (2 * 60), use.Empty.Seconds);
        Assert.Equal(310.0, use.Total.Seconds);
    }

    [Fact]
    public void Order_of_a_node_that_does_not_exist_yet_is_withdrawn_and_costs_nothing()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 8, Most = 1, ProvisionDelay = Seconds(100), KeepEmpty = Seconds(60) });
        var order = Place(pool, 8);
        At(50);
        pool.Free(order, Duration.Zero);
        At(51);
        var again = Place(pool, 8).Node!;
        Assert.Equal((1, 151.0), (again.Number, again.Exists.Seconds));
        Assert.Equal([0.0, 49 * 8], pool.Close(Instant.FromSeconds(200)).Select(use => use.Total.Seconds));
    }

    [Fact]
    public void Warm_nodes_wait_booted_and_are_replaced_when_they_are_taken()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 8, Most = 3, Warm = 1, ProvisionDelay = Seconds(100), BootDelay = Seconds(20) });
        pool.Refill();
        At(150);
        var order = Place(pool, 8);
        Assert.Equal((0, 120.0), (order.Node!.Number, order.Node.Ready.Seconds));
        At(250);
        Assert.Equal((2, 8), (pool.Existing, pool.Empty));

        // Its replica gone, one of the two empty nodes is too many.
        pool.Free(order, Duration.Zero);
        At(251);
        Assert.Equal(1, pool.Existing);
    }

    [Fact]
    public void Broken_GPUs_are_paid_for_and_nobodys_until_they_are_repaired()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 4, Most = 1 });
        var order = Place(pool, 4);
        At(30);
        pool.Free(order, Seconds(600));
        Place(pool, 2);
        Assert.Equal((1, 0), (pool.Waiting, pool.Empty));
        At(700);
        Assert.Equal((630.0, 0), _placed[^1]);
        var use = Assert.Single(pool.Close(Instant.FromSeconds(700)));
        Assert.Equal((600.0 * 4, 70.0 * 2, 700.0 * 4), (use.Down.Seconds, use.Empty.Seconds, use.Total.Seconds));
    }

    [Fact]
    public void Order_that_is_given_up_while_it_waits_gets_no_node()
    {
        var pool = Pool(new NodeOptions { Gpu = "h100", Gpus = 1, Most = 1 });
        var (first, second) = (Place(pool, 1), Place(pool, 1));
        pool.Free(second, Duration.Zero);
        pool.Free(first, Duration.Zero);
        Assert.Equal((0, 1), (pool.Waiting, _placed.Count));
    }

    private static Duration Seconds(double seconds) => Duration.FromSeconds(seconds);

    private NodePool Pool(NodeOptions options) => new(options, _timeline, _agenda);

    private NodeOrder Place(NodePool pool, int gpus) => pool.Place(gpus, node => _placed.Add((_timeline.Now.Seconds, node.Number)));

    private void At(double seconds)
    {
        while (_agenda.Next <= Instant.FromSeconds(seconds))
        {
            _timeline.MoveTo(_agenda.Next!.Value);
            _agenda.Run();
        }

        _timeline.MoveTo(Instant.FromSeconds(seconds));
    }
}
