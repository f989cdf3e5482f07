using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors.Tests;

public sealed class CgroupTests
{
    private const string MountsV2 = "22 20 0:20 / /proc rw - proc proc rw\n30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    private const string MountsV1 =
        "31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
        + "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        + "33 30 0:29 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-cgroup").FullName;

    [Fact]
    public void Version_2_group_is_one_folder_for_all()
    {
        var folders = CgroupFolders.Find(MountsV2, "0::/user.slice/run.scope\n", _ => true);
        Assert.Equal(new CgroupFolder(2, "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/run.scope"), folders.Memory);
        Assert.Equal(folders.Memory, folders.Cpu);
        Assert.Equal(["/sys/fs/cgroup/user.slice/run.scope", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"], folders.Cpu!.Upwards());
    }

    [Fact]
    public void Hybrid_takes_version_1_where_it_has_the_controller_and_strips_the_mounts_root()
    {
        var folders = CgroupFolders.Find(MountsV1, "4:memory:/docker/abc/x\n2:cpu,cpuacct:/batch\n0::/\n", _ => true);
        Assert.Equal("/sys/fs/cgroup/memory/x", folders.Memory!.Path);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct/batch", folders.Cpu!.Path);
        Assert.Equal(1, folders.CpuAccounting!.Version);
    }

    [Theory]
    [InlineData("0::/../outside\n")]
    [InlineData("0::/not/there\n")]
    public void Group_that_a_container_cannot_see_is_the_mount_itself(string membership) =>
        Assert.Equal("/sys/fs/cgroup", CgroupFolders.Find(MountsV2, membership, path => path == "/sys/fs/cgroup" || path.Contains("..", StringComparison.Ordinal)).Cpu!.Path);

    [Theory]
    [InlineData("")]
    [InlineData("garbage\n - \n- cgroup2\n1 2 3 4 - cgroup2\n")]
    public void Garbage_gives_no_group(string mounts) => Assert.Null(CgroupFolders.Find(mounts, "0::/\nx\n::\n", _ => true).Cpu);

    [Fact]
    public void Tightest_limit_on_the_way_up_binds()
    {
        Write("a/b/cpu.max", "max 100000\n");
        Write("a/cpu.max", "150000 100000\n");
        Write("a/b/memory.max", "4294967296\n");
        Write("a/memory.max", "max\n");
        var folder = new CgroupFolder(2, _root, $"{_root}/a/b");
        Assert.Equal(new CgroupLimits(1.5, 4L << 30), CgroupLimits.Of(new CgroupFolders(folder, folder, folder)));
    }

    [Theory]
    [InlineData("max 100000", null)]
    [InlineData("200000 100000", 2.0)]
    [InlineData("50000 0", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Version_2_cpu_limit_is_quota_over_period(string? text, double? expected) => Assert.Equal(expected, CgroupLimits.CpuMax(text));

    [Fact]
    public void Version_1_writes_no_limit_as_minus_one_and_as_a_huge_number()
    {
        Assert.Null(CgroupLimits.Quota("-1\n", "100000\n"));
        Assert.Equal(0.5, CgroupLimits.Quota("50000\n", "100000\n"));
        Assert.Null(CgroupLimits.Memory("9223372036854771712\n"));
        Assert.Equal(1024, CgroupLimits.Memory("1024\n"));
    }

    [Fact]
    public void Version_2_source_reads_microseconds()
    {
        Write("cpu.stat", "usage_usec 1000000\nuser_usec 1\nthrottled_usec 0\n");
        Write("memory.current", "4096\n");
        Write("memory.max", "8192\n");
        var folder = new CgroupFolder(2, _root, _root);
        var rows = Read(new CgroupFolders(folder, folder, folder), () => Write("cpu.stat", "usage_usec 2500000\nthrottled_usec 250000\n"));

        Assert.Equal(1.5, Value(rows, "cpu.used"), 9);
        Assert.Equal(0.25, Value(rows, "cpu.throttled"), 9);
        Assert.Equal(4096, Value(rows, "memory.used"));
        Assert.Equal(8192, Value(rows, "memory.limit"));
        Assert.DoesNotContain(rows, row => row.Metric == "cpu.limit");
    }

    [Fact]
    public void Version_1_source_reads_nanoseconds()
    {
        Write("cpuacct.usage", "1000000000\n");
        Write("cpu.stat", "nr_periods 5\nthrottled_time 0\n");
        Write("memory.usage_in_bytes", "4096\n");
        Write("cpu.cfs_quota_us", "150000\n");
        Write("cpu.cfs_period_us", "100000\n");
        var folder = new CgroupFolder(1, _root, _root);
        var rows = Read(new CgroupFolders(folder, folder, folder), () => Write("cpuacct.usage", "1500000000\n"));

        Assert.Equal(0.5, Value(rows, "cpu.used"), 9);
        Assert.Equal(0, Value(rows, "cpu.throttled"));
        Assert.Equal(4096, Value(rows, "memory.used"));
        Assert.Equal(1.5, Value(rows, "cpu.limit"));
    }

    [Fact]
    public void Missing_and_damaged_files_stop_only_their_own_counters()
    {
        Write("cpu.stat", "usage_usec many\n");
        Write("memory.current", "4096\n");
        var folder = new CgroupFolder(2, _root, _root);
        using var source = new CgroupSource(new CgroupFolders(folder, null, folder));
        List<Sample> rows = [];
        source.Read(Instant.Zero, rows);

        Assert.Equal("memory.used", Assert.Single(rows).Metric);
        var reasons = source.Counters.Where(counter => counter.Stopped).ToDictionary(counter => counter.Metric, counter => counter.Summary().Reason);
        Assert.Equal(["cpu.throttled", "cpu.used"], reasons.Keys.Order());
        Assert.Contains("no control group", reasons["cpu.used"]);
        Assert.Contains("throttled_usec", reasons["cpu.throttled"]);
    }

    private static double Value(List<Sample> rows, string metric) => rows.Last(row => row.Source == "cgroup" && row.Metric == metric).Value;

    private static List<Sample> Read(CgroupFolders folders, Action between)
    {
        using var source = new CgroupSource(folders);
        List<Sample> rows = [];
        source.Read(Instant.Zero, rows);
        between();
        source.Read(Instant.FromSeconds(1), rows);
        return rows;
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
