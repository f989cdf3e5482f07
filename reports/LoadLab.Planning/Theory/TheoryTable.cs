using LoadLab.Core;
using LoadLab.Fleet;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Recovery;

namespace LoadLab.Planning.Theory;

/// <summary>Every row of the table of oracles, in its order. Service times are 1 s on average unless a name says otherwise.</summary>
public static class TheoryTable
{
    /// <summary>Longer than any gap between two calls: a batch waits until it is full.</summary>
    private static readonly Duration s_withoutEnd = Duration.FromSeconds(6 * 3600);

    public static IReadOnlyList<TheoryRow> Rows { get; } =
    [
        .. Markovian(), .. GeneralTimes(), .. Bounded(), .. Priorities(), .. Bulk(), .. Windows(), .. ColdStarts(), .. Faults(),
    ];

    private static IEnumerable<TheoryRow> Markovian()
    {
        const string Group = "M/M/c";
        yield return MMc(0.8, 1, "0.800000", "4.000000", "3.200000", [(5, "0.294304")], [(0.95, "13.862944"), (0.99, "21.910133")], 345);
        yield return MMc(1.6, 2, "0.711111", "1.777778", "2.844444", [], [], 375);
        yield return MMc(3.2, 4, "0.596432", "0.745541", "2.385730", [(1, "0.267994")], [(0.95, "3.098679")], 630);
        yield return MMc(6.4, 8, "0.457645", "0.286028", "1.830580", [(1, "0.092397")], [(0.99, "2.389693")], 840);
        yield return MMc(7.2, 8, "0.701533", "0.876916", "6.313797", [], [], 420);
        yield return new TheoryRow(Group, "M/M/4, 60 s videos, 0.05/s", new Station { Rates = [0.05], Servers = 4, Times = ServiceLaws.Exponential(60) },
        [
            new Oracle("C", QueueFormulas.ErlangC(0.05, 1 / 60.0, 4), "0.509434", Measure.Waited),
            new Oracle("Wq, s", QueueFormulas.MeanWait(0.05, 1 / 60.0, 4), "30.566038", Measure.Wait),
            new Oracle("Lq", 0.05 * QueueFormulas.MeanWait(0.05, 1 / 60.0, 4), "1.528302", Measure.InQueue),
            new Oracle("W, s", QueueFormulas.MeanWait(0.05, 1 / 60.0, 4) + 60, "90.566038", Measure.Sojourn),
            new Oracle("USD per 1000 calls, 4 GPUs at 3.99 an hour", 4 * 3.99 / 3600 / 0.05 * 1000, "88.666667", Measure.PerThousand(4, 3.99)),
        ]) { Thousands = 450 };
        yield return MMc(14.4, 16, "0.591343", "0.369590", "5.322091", [], [], 450);
        yield return MMc(57.6, 64, "0.310663", "0.048541", "2.795970", [], [], 1200);
    }

    private static TheoryRow MMc(double rate, int servers, string c, string wait, string queue, (double Seconds, string Printed)[] tails, (double Share, string Printed)[] percentiles, int thousands)
    {
        var wide = rate / servers > 0.8 + 1e-9;
        List<Oracle> oracles =
        [
            new("C", QueueFormulas.ErlangC(rate, 1, servers), c, Measure.Waited) { Wide = wide },
            new("Wq, s", QueueFormulas.MeanWait(rate, 1, servers), wait, Measure.Wait) { Wide = wide },
            new("Lq", rate * QueueFormulas.MeanWait(rate, 1, servers), queue, Measure.InQueue) { Wide = wide },
        ];
        oracles.AddRange(tails.Select(tail => new Oracle(Text($"P(Wq > {tail.Seconds} s)"), QueueFormulas.WaitTail(rate, 1, servers, tail.Seconds), tail.Printed, Measure.WaitedLonger(tail.Seconds)) { Wide = true }));
        oracles.AddRange(percentiles.Select(share =>
        {
            var value = QueueFormulas.WaitPercentile(rate, 1, servers, share.Share);
            return new Oracle(Text($"p{100 * share.Share:0} of Wq, s"), value, share.Printed, new Measure.WaitPercentile(share.Share, value)) { Wide = true };
        }));
        return new TheoryRow("M/M/c", Text($"M/M/{servers}, {rate}/s"), new Station { Rates = [rate], Servers = servers, Times = ServiceLaws.Exponential(1) }, oracles) { Thousands = thousands };
    }

    private static IEnumerable<TheoryRow> GeneralTimes()
    {
        yield return MG1("M/D/1, 0.5/s", 0.5, ServiceLaws.Fixed(1), 1, 1, "0.5", 50);
        yield return MG1("M/D/1, 0.8/s", 0.8, ServiceLaws.Fixed(1), 1, 1, "2.0", 135);
        yield return MG1("M/D/1, 0.9/s", 0.9, ServiceLaws.Fixed(1), 1, 1, "4.5", 225);
        yield return MG1("M/G/1, uniform 0.5 to 1.5 s, 0.8/s", 0.8, ServiceLaws.Uniform(0.5, 1.5), 1, 1 + (1 / 12.0), "2.166667", 160);
        yield return MG1("M/G/1, Erlang-2, 0.8/s", 0.8, ServiceLaws.Erlang2(1), 1, 1.5, "3.0", 285);
        yield return MG1("M/G/1, SCV 4, 0.8/s", 0.8, ServiceLaws.Hyperexponential(1, 4), 1, 5, "10.0", 1110);
        var (mean, second) = ((0.7 * 60) + (0.3 * 300), (0.7 * 3600) + (0.3 * 90_000));
        yield return new TheoryRow("M/G/1", "bimodal, 60 s (0.7) and 300 s (0.3), 1/200 s", new Station { Rates = [1 / 200.0], Times = ServiceLaws.Either(60, 0.7, 300) },
        [
            new Oracle("Wq, s", QueueFormulas.PollaczekKhinchine(1 / 200.0, mean, second), "217.058824", Measure.Wait),
            new Oracle("W, s", QueueFormulas.PollaczekKhinchine(1 / 200.0, mean, second) + mean, "349.058824", Measure.Sojourn),
        ]) { Thousands = 105 };
    }

    private static TheoryRow MG1(string name, double rate, TrueTime times, double mean, double second, string printed, int thousands) => new(
        "M/G/1",
        name,
        new Station { Rates = [rate], Times = times },
        [new Oracle("Wq, s", QueueFormulas.PollaczekKhinchine(rate, mean, second), printed, Measure.Wait) { Wide = rate * mean > 0.8 + 1e-9 }]) { Thousands = thousands };

    private static IEnumerable<TheoryRow> Bounded()
    {
        const string Group = "bounded queues";
        var (blocked, inSystem, wait) = QueueFormulas.Bounded(3.6, 1, 4, 10);
        yield return new TheoryRow(Group, "M/M/4/10, 3.6/s", new Station { Rates = [3.6], Servers = 4, QueueLimit = 6, Times = ServiceLaws.Exponential(1) },
        [
            new Oracle("refused share", blocked, "0.067174", Measure.Refused) { Wide = true },
            new Oracle("L", inSystem, "5.061102", Measure.InSystem) { Wide = true },
            new Oracle("Wq, s", wait, "0.507100", Measure.Wait) { Wide = true },
        ]) { Thousands = 70 };
        var one = QueueFormulas.Bounded(0.9, 1, 1, 5);
        yield return new TheoryRow(Group, "M/M/1/5, 0.9/s", new Station { Rates = [0.9], QueueLimit = 4, Times = ServiceLaws.Exponential(1) },
        [
            new Oracle("refused share", one.Blocked, "0.126023", Measure.Refused) { Wide = true },
            new Oracle("L", one.InSystem, "2.194782", Measure.InSystem) { Wide = true },
        ]) { Thousands = 30 };
        yield return new TheoryRow(Group, "Erlang B, 10 servers, 7 erlang", new Station { Rates = [7], Servers = 10, QueueLimit = 0, Times = ServiceLaws.Exponential(1) },
            [new Oracle("refused share", QueueFormulas.ErlangB(7, 10), "0.078741", Measure.Refused)]) { Thousands = 90 };
    }

    private static IEnumerable<TheoryRow> Priorities()
    {
        const string Group = "priorities";
        double[] two = [0.3, 0.5];
        yield return new TheoryRow(Group, "M/M/1, 0.3 and 0.5/s, without interruption", new Station { Rates = two, Times = ServiceLaws.Exponential(1) },
        [
            new Oracle("Wq of class 1, s", QueueFormulas.PriorityWait(two, 1, 2, 0), "1.142857", Measure.WaitOf(0)),
            new Oracle("Wq of class 2, s", QueueFormulas.PriorityWait(two, 1, 2, 1), "5.714286", Measure.WaitOf(1)),
            new Oracle("sum of rho W", (0.3 * QueueFormulas.PriorityWait(two, 1, 2, 0)) + (0.5 * QueueFormulas.PriorityWait(two, 1, 2, 1)), "3.2", Measure.InQueue),
        ]) { Thousands = 315 };
        double[] three = [0.2, 0.3, 0.3];
        yield return new TheoryRow(Group, "M/D/1, 0.2, 0.3 and 0.3/s, without interruption", new Station { Rates = three, Times = ServiceLaws.Fixed(1) },
            [.. new[] { ".5", "1", "4" }.Select((printed, k) => new Oracle(Text($"Wq of class {k + 1}, s"), QueueFormulas.PriorityWait(three, 1, 1, k), printed, Measure.WaitOf(k)))]) { Thousands = 285 };
        double[] four = [1.2, 2.0];
        yield return new TheoryRow(Group, "M/M/4, 1.2 and 2.0/s, without interruption", new Station { Rates = four, Servers = 4, Times = ServiceLaws.Exponential(1) },
            [.. new[] { "0.213012", "1.065058" }.Select((printed, k) => new Oracle(Text($"Wq of class {k + 1}, s"), QueueFormulas.MarkovPriorityWait(four, 1, 4, k), printed, Measure.WaitOf(k)))]) { Thousands = 510 };
        yield return new TheoryRow(Group, "M/M/1, 0.3 and 0.5/s, interrupted and resumed", new Station { Rates = two, Times = ServiceLaws.Exponential(1), Preempts = true, Steps = 10_000 },
            [.. new[] { "1.428571", "7.142857" }.Select((printed, k) => new Oracle(Text($"W of class {k + 1}, s"), QueueFormulas.PreemptiveSojourn(two, 1, 2, k), printed, Measure.SojournOf(k)))]) { Thousands = 300 };
    }

    private static IEnumerable<TheoryRow> Bulk()
    {
        yield return BulkRow("[1,2], D = 1 s, 1.6/s", 1.6, 1, 2, 1, 0, "2.319265", "1.701898", 45);
        yield return BulkRow("[1,4], D = 1 s, 2/s", 2, 1, 4, 1, 0, "1.516960", "2.126475", 30);
        yield return BulkRow("[1,4], D = 1 s, 3.2/s", 3.2, 1, 4, 1, 0, "1.879536", "3.223862", 30);
        yield return BulkRow("[1,8], D = 1 s, 6.4/s", 6.4, 1, 8, 1, 0, "1.651838", "6.401137", 30);
        yield return BulkRow("wait for full [2,2], D = 1 s, 1.6/s", 1.6, 2, 2, 1, 0, "2.215784", "2", 45);
        yield return BulkRow("wait for full [4,4], D = 1 s, 2/s", 2, 4, 4, 1, 0, "1.799652", "4", 30);
        yield return BulkRow("wait for full [4,4], D = 1 s, 3.2/s", 3.2, 4, 4, 1, 0, "1.854845", "4", 30);
        yield return BulkRow("[1,4], D = 1 + 0.5 m s, 0.5/s", 0.5, 1, 4, 1, 0.5, "2.317048", "1.261637", 30);
        yield return BulkRow("[1,8], D = 1 + 0.5 m s, 1/s", 1, 1, 8, 1, 0.5, "3.749717", "2.286825", 30);
        yield return BulkRow("[1,4], D = 10 + 20 m s, 0.02/s", 0.02, 1, 4, 10, 20, "48.874308", "1.193963", 30);
        yield return new TheoryRow("batch service", "all who wait, D = 1 + 0.5 m s, 1/s", BulkStation(1, 1, 500, 1, 0.5),
        [
            new Oracle("W, s", BulkService.Of(1, 1, 500, m => 1 + (0.5 * m)).Sojourn, "3.749656", Measure.Sojourn),
            new Oracle("Inoue's bound of W, s", QueueFormulas.InoueBound(1, 1, 0.5), "3.833333", Measure.Sojourn) { Bound = true },
        ]) { Thousands = 30 };
    }

    private static TheoryRow BulkRow(string name, double rate, int least, int most, double fixedS, double slopeS, string sojourn, string batch, int thousands)
    {
        var exact = BulkService.Of(rate, least, most, m => fixedS + (slopeS * m));
        return new TheoryRow("batch service", name, BulkStation(rate, least, most, fixedS, slopeS),
        [
            new Oracle("W, s", exact.Sojourn, sojourn, Measure.Sojourn),
            new Oracle("E[batch]", exact.Batch, batch, Measure.Batch),
        ]) { Thousands = thousands };
    }

    private static Station BulkStation(double rate, int least, int most, double fixedS, double slopeS) => new()
    {
        Rates = [rate],
        Times = ServiceLaws.Linear(fixedS, slopeS),
        Batching = new BatchingOptions { Kind = BatchingKind.Window, Window = least == 1 ? Duration.Zero : s_withoutEnd, MaxBatch = most },
    };

    private static IEnumerable<TheoryRow> Windows()
    {
        yield return WindowRow(1, 1, 2, "1.632121", "0.387300");
        yield return WindowRow(2, 1, 4, "2.781982", "0.543250");
        yield return WindowRow(0.5, 4, 8, "2.998609", "2.660242");
        yield return WindowRow(10, 0.5, 4, "3.828182", "0.144676");
    }

    /// <summary>Service is a thousandth of the window on 8 replicas, so that one is free whenever a batch leaves.</summary>
    private static TheoryRow WindowRow(double rate, double windowS, int most, string size, string wait) => new(
        "window batching, free servers",
        Text($"{rate}/s, T = {windowS} s, b = {most}"),
        new Station
        {
            Rates = [rate],
            Servers = 8,
            Times = ServiceLaws.Fixed(windowS / 1000),
            Batching = new BatchingOptions { Kind = BatchingKind.Window, Window = Duration.FromSeconds(windowS), MaxBatch = most },
        },
        [
            new Oracle("E[size]", QueueFormulas.WindowBatch(rate, windowS, most), size, Measure.Batch),
            new Oracle("E[wait], s", QueueFormulas.WindowWait(rate, windowS, most), wait, Measure.Wait),
        ]) { Thousands = 30 };

    private static IEnumerable<TheoryRow> ColdStarts()
    {
        yield return ColdRow("M/M/1, 0.5/s, set-up 10 s, kept 0 s", 0.5, 1, 2, 0, 10, ServiceLaws.Exponential(1), "6.833333", ".083333", 30);
        yield return ColdRow("M/M/1, 0.5/s, set-up 10 s, kept 5 s", 0.5, 1, 2, 5, 10, ServiceLaws.Exponential(1), "3.036957", ".029099", 70);
        yield return ColdRow("M/D/1, 60 s, 0.01/s, set-up 120 s, kept 300 s", 0.01, 60, 3600, 300, 120, ServiceLaws.Fixed(60), "54.020209", ".018792", 190);
    }

    private static TheoryRow ColdRow(string name, double rate, double mean, double second, double keepS, double setUpS, TrueTime times, string wait, string cold, int thousands) => new(
        "cold start with keep-alive",
        name,
        new Station { Rates = [rate], Times = times, KeepAlive = Duration.FromSeconds(keepS), SetUpS = setUpS },
        [
            new Oracle("Wq, s", QueueFormulas.ColdWait(rate, mean, second, keepS, setUpS), wait, Measure.Wait),
            new Oracle("cold share", QueueFormulas.ColdShare(rate, mean, keepS, setUpS), cold, Measure.Cold(setUpS)),
        ]) { Thousands = thousands };

    private static IEnumerable<TheoryRow> Faults()
    {
        var (mean, second) = QueueFormulas.BrokenService(60, 3600, 1 / 3600.0, 120);
        yield return new TheoryRow(
            "faults",
            "M/D/1, 60 s, 0.01/s, breaks while busy once an hour, repaired in 120 s, resumed",
            new Station
            {
                Rates = [0.01],
                Times = ServiceLaws.Fixed(60),
                Faults = new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(3600), WhileBusy = true, Then = AfterFault.Repair, Work = WorkAfterRepair.Resume, Repair = Duration.FromSeconds(120) },
            },
            [
                new Oracle("rho", 0.01 * mean, ".62", Measure.Load),
                new Oracle("E[C], s", mean, "62", Measure.Running),
                new Oracle("Wq, s", QueueFormulas.PollaczekKhinchine(0.01, mean, second), "53.736842", Measure.Wait),
            ]) { Thousands = 70 };
        yield return SpotRow(60, 3600, 120, "62.519549", null, 10);
        yield return SpotRow(300, 1800, 240, "369.975242", "1.181360", 10);
        yield return SpotRow(600, 600, 60, "1134.066007", "2.718282", 10);
        yield return new TheoryRow("faults", "Young's checkpoint interval, 5 s and 3600 s", null,
            [new Oracle("interval, s", CheckpointInterval.Young(Duration.FromSeconds(5), Duration.FromSeconds(3600)).Seconds, "189.736660", null)]);
    }

    /// <summary>Work that starts over on the replacement of a reclaimed replica; so few calls that most find it free.</summary>
    private static TheoryRow SpotRow(double workS, double meanTimeS, double awayS, string time, string? attempts, int thousands)
    {
        var mean = QueueFormulas.RestartedTime(workS, 1 / meanTimeS, awayS);
        List<Oracle> oracles = [new("E[T], s", mean, time, Measure.Running)];
        if (attempts is not null)
        {
            oracles.Add(new("attempts", QueueFormulas.RestartedAttempts(workS, 1 / meanTimeS), attempts, Measure.Attempts));
        }

        return new TheoryRow(
            "faults",
            Text($"spot, {workS} s of work, reclaimed once in {meanTimeS} s, away {awayS} s, restarted"),
            new Station
            {
                Rates = [0.3 / mean],
                Times = ServiceLaws.Fixed(workS),
                Spot = new SpotOptions { MeanTimeToReclaim = Duration.FromSeconds(meanTimeS), Replacement = Duration.FromSeconds(awayS) },
            },
            oracles) { Thousands = thousands };
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
