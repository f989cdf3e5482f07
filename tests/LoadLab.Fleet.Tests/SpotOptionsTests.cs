using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Fleet.Tests;

public class SpotOptionsTests
{
    [Fact]
    public void Every_field_is_read()
    {
        var (fleet, problems) = Bind(
            """
            fleet:
              faults: { meanTimeToFailure: 1h, while: busy, then: repair, work: restart, repair: 120s }
              spot: { meanTimeToReclaim: 2h, notice: 120s, replacement: 60s, checkpoint: { every: 10, takes: 2s, onNotice: true } }
            """);
        Assert.Empty(problems);
        Assert.Equal(
            new SpotOptions
            {
                MeanTimeToReclaim = Duration.FromSeconds(7200),
                Notice = Duration.FromSeconds(120),
                Replacement = Duration.FromSeconds(60),
                Checkpoint = new CheckpointOptions { Every = 10, Takes = Duration.FromSeconds(2), OnNotice = true },
            },
            fleet.Spot);
        Assert.Equal(
            new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(3600), WhileBusy = true, Then = AfterFault.Repair, Work = WorkAfterRepair.Restart, Repair = Duration.FromSeconds(120) },
            fleet.Faults);
    }

    [Fact]
    public void Absent_keys_break_and_take_nothing()
    {
        var (fleet, problems) = Bind("fleet: { kind: h100, spot: { meanTimeToReclaim: 2h, checkpoint: { every: none } } }");
        Assert.Empty(problems);
        Assert.Equal((Duration.Zero, Duration.Zero, new CheckpointOptions()), (fleet.Spot.Notice, fleet.Spot.Replacement, fleet.Spot.Checkpoint));
        Assert.Equal(new FaultOptions(), fleet.Faults);
        Assert.Null(Bind("fleet: { kind: h100 }").Fleet.Spot.MeanTimeToReclaim);
    }

    [Theory]
    [InlineData("spot: { notice: 60s }", "meanTimeToReclaim is missing")]
    [InlineData("spot: { meanTimeToReclaim: 0s }", "a duration of at least 1ms")]
    [InlineData("spot: { meanTimeToReclaim: 2h, checkpoint: { every: 0 } }", "from 1 to 10000")]
    [InlineData("spot: { meanTimeToReclaim: 2h, notice: 2s, checkpoint: { takes: 2s, onNotice: true } }", "has no time")]
    [InlineData("spot: { meanTimeToReclaim: 2h, warning: 2s }", "warning")]
    [InlineData("faults: { while: busy }", "no replica ever breaks")]
    [InlineData("faults: { meanTimeToFailure: 1h, while: idle }", "always")]
    [InlineData("faults: { meanTimeToFailure: 1h, then: repair }", "repair is missing")]
    [InlineData("faults: { meanTimeToFailure: 1h, work: restart }", "loses its batch")]
    public void What_cannot_be_is_refused_with_its_field_and_a_fix(string key, string message)
    {
        var problem = Assert.Single(Bind($"fleet:\n  {key}\n").Problems);
        Assert.Contains(message, problem.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, problem.Line);
        Assert.NotEqual("", problem.Fix);
    }

    private static (FleetOptions Fleet, IReadOnlyList<Problem> Problems) Bind(string yaml)
    {
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!;
        return (FleetOptions.Bind(root), problems.All);
    }
}
