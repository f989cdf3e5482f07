using System.Globalization;
using LoadLab.Core;
using LoadLab.Stubs;

// dotnet LoadLab.Stubs.dll PROTOCOL [--port 0] [--jobs-median 600s] [--sigma 0.3] [--seed 1] [--key KEY] [--fault NAME [--every N] [--for 2s] [--on poll] [--code WORD]]
// Prints one line {port, pid} when it listens, ends when its standard input closes, and then prints what it counted.
if (args.Length == 0 || StubProtocol.Named(args[0]) is not { } protocol || args.Length % 2 == 0)
{
    Console.Error.WriteLine($"usage: PROTOCOL [--port 0] [--jobs-median 600s] [--sigma 0.3] [--seed 1] [--key KEY] [--fault NAME [--every N] [--for 2s] [--on submit|poll|fetch] [--code WORD]]\nPROTOCOL: {string.Join(", ", StubProtocol.All.Select(each => each.Name))}\nNAME: {string.Join(", ", Enum.GetValues<FaultKind>().Select(StubFault.NameOf))}");
    return 2;
}

var given = args.Skip(1).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
if (given.TryGetValue("--fault", out var faultName) && StubFault.KindOf(faultName) is null)
{
    Console.Error.WriteLine($"--fault {faultName}: not one of {string.Join(", ", Enum.GetValues<FaultKind>().Select(StubFault.NameOf))}");
    return 2;
}

var options = new StubOptions
{
    Port = int.Parse(given.GetValueOrDefault("--port", "0"), CultureInfo.InvariantCulture),
    JobMedian = Time(given.GetValueOrDefault("--jobs-median", "600s")),
    Sigma = double.Parse(given.GetValueOrDefault("--sigma", "0.3"), CultureInfo.InvariantCulture),
    Seed = ulong.Parse(given.GetValueOrDefault("--seed", "1"), CultureInfo.InvariantCulture),
    Key = given.GetValueOrDefault("--key"),
    Fault = new StubFault
    {
        Kind = StubFault.KindOf(faultName ?? "none")!.Value,
        On = Enum.Parse<StubAct>(given.GetValueOrDefault("--on", "submit"), ignoreCase: true),
        Every = int.Parse(given.GetValueOrDefault("--every", "1"), CultureInfo.InvariantCulture),
        For = Time(given.GetValueOrDefault("--for", "2s")),
        Code = given.GetValueOrDefault("--code", "internal_error"),
    },
};
await using var service = await StubService.StartAsync(protocol, options);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"port":{{service.Port}},"pid":{{Environment.ProcessId}}}"""));
await Console.In.ReadToEndAsync();
var now = MonotonicClock.SystemNanoseconds;
var jobs = service.Book.Jobs;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""
    {"submits":{{service.Book.CountOf(StubAct.Submit)}},"polls":{{service.Book.CountOf(StubAct.Poll)}},"cancels":{{service.Book.CountOf(StubAct.Cancel)}},"refused":{{service.Book.Refused.Count}},"ended":{{jobs.Count(job => job.EndsNs <= now)}},"told":{{jobs.Count(job => job.ToldNs is not null)}},"max_polls_per_s":{{service.Book.MaxPollsPerSecond:0.0}}}
    """));
return 0;

// 90s, 200ms or 10m.
static TimeSpan Time(string text)
{
    var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
    var number = double.Parse(text[..digits], CultureInfo.InvariantCulture);
    return text[digits..] switch
    {
        "ms" => TimeSpan.FromMilliseconds(number),
        "m" => TimeSpan.FromMinutes(number),
        _ => TimeSpan.FromSeconds(number),
    };
}
