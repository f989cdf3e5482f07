using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors.Tests;

public sealed class ProcTextTests
{
    private const string Stat = "cpu  100 10 50 800 20 5 5 10 7 0\ncpu0 50 5 25 400 10 3 2 5 3 0\ncpu1 50 5 25 400 10 2 3 5 4 0\nintr 123 0 0\nctxt 9\n";
    private const string Meminfo = "MemTotal:       24684084 kB\nMemFree:        23475072 kB\nMemAvailable:   23950604 kB\nBuffers:            8040 kB\n";
    private const string ProcessStat =
        "42 (a (b) c) S 1 42 42 0 -1 4194304 101 0 0 0 250 50 0 0 20 0 17 0 135796 3133440 360 18446744073709551615 1 1 0 0 0 0 0 0 0\n";

    [Fact]
    public void Cpu_line_counts_waiting_as_idle_and_keeps_stolen_time_apart()
    {
        var text = Encoding.UTF8.GetBytes(Stat).AsSpan()[4..];
        Assert.Equal(new CpuTimes(Busy: 170, Stolen: 10, Total: 1000), CpuTimes.Parse(text[..text.IndexOf((byte)'\n')]));
    }

    [Theory]
    [InlineData("cpu", -1)]
    [InlineData("cpu12", 12)]
    [InlineData("cpux", null)]
    [InlineData("cpu99999", null)]
    [InlineData("intr", null)]
    public void Processor_is_told_by_the_first_word(string word, int? expected) => Assert.Equal(expected, CpuTimes.Processor(Encoding.UTF8.GetBytes(word)));

    [Fact]
    public void Memory_in_use_is_what_is_not_available()
    {
        var memory = MemoryInfo.Parse(Encoding.UTF8.GetBytes(Meminfo));
        Assert.Equal(24684084L * 1024, memory!.Value.Total);
        Assert.Equal((24684084L - 23950604) * 1024, memory.Value.Used);
    }

    [Theory]
    [InlineData("0.62 0.35 0.21 1/159 11684\n", 0.62)]
    [InlineData("12", 12.0)]
    [InlineData("-1 2 3", null)]
    [InlineData("load", null)]
    [InlineData("", null)]
    public void Load_average_is_the_first_number(string text, double? expected) => Assert.Equal(expected, LoadAverage.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Process_fields_count_from_the_last_bracket_of_its_name() =>
        Assert.Equal(new ProcStat(Ticks: 300, Threads: 17, ResidentPages: 360), ProcStat.Parse(Encoding.UTF8.GetBytes(ProcessStat)));

    [Fact]
    public void Zombie_is_gone() => Assert.Null(ProcStat.Parse(Encoding.UTF8.GetBytes(ProcessStat.Replace(") S", ") Z", StringComparison.Ordinal))));

    [Fact]
    public void Line_cut_off_by_the_buffer_is_not_read()
    {
        ReadOnlySpan<byte> text = "usage_usec 12\nthrottled_usec 9"u8;
        Assert.Equal(12, ProcText.Value(text, "usage_usec"u8));
        Assert.Null(ProcText.Value(text, "throttled_usec"u8));
    }

    [Fact]
    public void Host_source_reads_files_and_writes_their_shares()
    {
        var proc = Directory.CreateTempSubdirectory("loadlab-proc").FullName;
        Write("stat", Stat);
        Write("meminfo", Meminfo);
        Write("loadavg", "0.50 0.35 0.21 1/159 11684\n");
        using var source = new HostSource(proc);
        List<Sample> rows = [];
        source.Read(Instant.Zero, rows);
        Write("stat", "cpu  160 10 50 830 20 5 5 20 7 0\ncpu0 110 5 25 400 10 3 2 5 3 0\ncpu1 50 5 25 430 10 2 3 15 4 0\nintr 1\n");
        source.Read(Instant.FromSeconds(1), rows);

        Assert.Equal(0.6, Value("cpu.util"), 9);
        Assert.Equal(0.1, Value("cpu.steal"), 9);
        Assert.Equal(1.0, Value("cpu0.util"), 9);
        Assert.Equal(0.0, Value("cpu1.util"), 9);
        Assert.Equal(0.5, Value("load.1m"), 9);
        Assert.Equal((24684084L - 23950604) * 1024, Value("memory.used"));

        void Write(string name, string text) => File.WriteAllText(Path.Combine(proc, name), text);
        double Value(string metric) => rows.Last(row => row.Source == "host" && row.Metric == metric).Value;
    }

    [Fact]
    public void Host_source_without_proc_is_absent_with_its_reason()
    {
        using var source = new HostSource("/nowhere");
        List<Sample> rows = [];
        source.Read(Instant.Zero, rows);
        Assert.Empty(rows);
        Assert.All(source.Counters, counter => Assert.True(counter.Stopped));
        Assert.Contains("/nowhere/stat", source.Counters.First().Summary().Reason);
    }

    /// <summary>Valid texts with bytes changed, cut, doubled and swapped: whatever comes out, nothing throws and no number is negative.</summary>
    [Fact]
    public void Parsers_survive_ten_thousand_mutations()
    {
        var random = new Random(7);
        byte[][] seeds = [Encoding.UTF8.GetBytes(Stat), Encoding.UTF8.GetBytes(Meminfo), Encoding.UTF8.GetBytes(ProcessStat), "usage_usec 5\nthrottled_usec 6\n"u8.ToArray()];
        var past = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var text = Mutate(seeds[i % seeds.Length], random);
            past += AllNonNegative(text) ? 1 : 0;
        }

        Assert.True(past > 5_000, $"only {past} of 10,000 mutated texts still gave a number");
        TestContext.Current.TestOutputHelper?.WriteLine($"{past} of 10,000 mutated texts still gave a number");
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var text = seed.ToArray();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(text.Length);
            text = random.Next(4) switch
            {
                0 => [.. text[..at], (byte)random.Next(256), .. text[(at + 1)..]],
                1 => [.. text[..at], .. text[at..], .. text[at..]],
                2 => [.. text[..at], .. "99999999999999999999 "u8, .. text[at..]],
                _ => text[..Math.Max(1, at)],
            };
        }

        return text;
    }

    private static bool AllNonNegative(ReadOnlySpan<byte> text)
    {
        List<double?> found = [MemoryInfo.Parse(text)?.Used, ProcStat.Parse(text)?.ResidentPages, ProcStat.Parse(text)?.Ticks, ProcText.Value(text, "usage_usec"u8), ProcText.Single(text), LoadAverage.Parse(text)];
        while (ProcText.TryLine(ref text, out var line) && CpuTimes.Processor(ProcText.Word(ref line)) is not null)
        {
            var times = CpuTimes.Parse(line);
            found.AddRange([times?.Busy, times?.Total]);
        }

        Assert.All(found, number => Assert.True(number is null or >= 0));
        return found.Any(number => number is not null);
    }
}
