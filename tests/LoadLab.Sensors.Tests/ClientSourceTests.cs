using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors.Tests;

public sealed class ClientSourceTests : IDisposable
{
    private readonly DirectoryInfo _proc = Directory.CreateTempSubdirectory("loadlab-proc");

    public void Dispose() => _proc.Delete(recursive: true);

    [Fact]
    public void Pressure_and_ports_are_shares_of_time_and_of_the_range()
    {
        Write("pressure/cpu", "some avg10=1.00 avg60=0.00 avg300=0.00 total=1000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        Write("net/sockstat", "sockets: used 31\nTCP: inuse 30 orphan 0 tw 20 alloc 1 mem 75\nUDP: inuse 9 mem 0\n");
        Write("sys/net/ipv4/ip_local_port_range", "1000\t1099\n");
        using var source = new ClientSource(_proc.FullName);
        var samples = new List<Sample>();
        source.Read(Instant.Zero, samples);
        Write("pressure/cpu", "some avg10=1.00 avg60=0.00 avg300=0.00 total=1500000\n");
        source.Read(Instant.FromSeconds(2), samples);
        Assert.Equal([0.5, 0.5], samples.Where(sample => sample.Metric == "tcp.ports").Select(sample => sample.Value));
        Assert.Equal(0.25, Assert.Single(samples, sample => sample.Metric == "cpu.pressure").Value);
        Assert.Equal("engine", Assert.Single(samples, sample => sample.Metric == "gc.pause").Source);
    }

    [Fact]
    public void Machine_without_these_files_gives_the_garbage_collectors_pauses_alone()
    {
        using var source = new ClientSource(_proc.FullName);
        var samples = new List<Sample>();
        source.Read(Instant.Zero, samples);
        source.Read(Instant.FromSeconds(2), samples);
        Assert.Equal(["gc.pause"], samples.Select(sample => sample.Metric).Distinct());
        Assert.Equal([false, true, true], source.Counters.Select(counter => counter.Stopped));
    }

    [Theory]
    [InlineData("")]
    [InlineData("some\n")]
    [InlineData("some total=x\n")]
    [InlineData("TCP:")]
    public void Text_of_another_form_is_no_figure(string text)
    {
        Assert.Null(ClientSource.WaitedMicroseconds(Encoding.ASCII.GetBytes(text)));
        Assert.Null(ClientSource.SocketsOf(Encoding.ASCII.GetBytes(text)));
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_proc.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
