using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet.Tests;

/// <summary>The laws that end a run that breaks them.</summary>
public class RunLawsTests
{
    private readonly RunLaws _laws = new(Instant.Zero, queueLaw: true);

    /// <summary>One call comes at 1 s, runs from 3 s to 7 s on a replica that exists from 0 s to 10 s.</summary>
    private void Play(double started = 3, double told = 7)
    {
        At(0, 0, 0, 1, 0);
        At(1, 1, 1, 1, 0);
        At(3, 1, 0, 1, 1);
        _laws.Ended(new EndedCall(0, Outcome.Completed, Instant.FromSeconds(1), Instant.FromSeconds(1), Instant.FromSeconds(started), Instant.FromSeconds(started), Instant.FromSeconds(told), 1, 1));
        At(7, 0, 0, 1, 0);
        At(10, 0, 0, 0, 0);
    }

    [Fact]
    public void Run_in_which_nothing_is_lost_passes()
    {
        Play();
        _laws.Check(1, [Usage(busySeconds: 4)]);
    }

    [Fact]
    public void Busy_second_that_the_account_lacks_is_told_with_both_figures()
    {
        Play();
        var problem = Assert.Throws<InvalidOperationException>(() => _laws.Check(1, [Usage(busySeconds: 3)]));
        Assert.Equal("a law of the run is broken: replica time: busy by the pool and by the account, ns: 4000000000 and 3000000000", problem.Message);
    }

    [Fact]
    public void Call_that_never_ended_is_told()
    {
        Play();
        Assert.Contains("calls: sent and ended: 2 and 1", Assert.Throws<InvalidOperationException>(() => _laws.Check(2, [Usage(busySeconds: 4)])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 6.5, "Little's law of the system")]
    [InlineData(2.5, 7, "Little's law of the queue")]
    public void Times_of_a_row_that_the_core_did_not_see_are_told(double started, double ended, string law)
    {
        Play(started, ended);
        Assert.Contains(law, Assert.Throws<InvalidOperationException>(() => _laws.Check(1, [Usage(busySeconds: 4)])).Message, StringComparison.Ordinal);
    }

    private void At(double seconds, int inSystem, int queued, int existing, int busy) => _laws.Handled(Instant.FromSeconds(seconds), new RunLaws.Levels(inSystem, queued, existing, busy));

    private static ReplicaUsage Usage(double busySeconds) => new()
    {
        Replica = new ReplicaId(0),
        Kind = new ReplicaKind("test"),
        Provisioned = Instant.Zero,
        Gone = Instant.FromSeconds(10),
        Busy = Duration.FromSeconds(busySeconds),
        Load = Duration.Zero,
        Drain = Duration.Zero,
        Down = Duration.Zero,
    };
}
