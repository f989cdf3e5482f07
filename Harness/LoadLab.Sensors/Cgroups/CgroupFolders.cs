namespace LoadLab.Sensors;

/// <summary>
/// Where this process's control group keeps its files, found as cgroups(7) says: /proc/self/mountinfo tells where each hierarchy is mounted,
/// /proc/self/cgroup which group of it we are in. Version 1 has one hierarchy per controller, version 2 one for all; a hybrid has both.
/// </summary>
/// <param name="Cpu">Folder with cpu.stat and the limits.</param>
/// <param name="CpuAccounting">Folder with cpuacct.usage (version 1) or cpu.stat (version 2).</param>
/// <param name="Memory">Folder with the memory files.</param>
internal sealed record CgroupFolders(CgroupFolder? Cpu, CgroupFolder? CpuAccounting, CgroupFolder? Memory)
{
    /// <param name="mountInfo">Text of /proc/self/mountinfo.</param>
    /// <param name="membership">Text of /proc/self/cgroup.</param>
    /// <param name="exists">Whether a folder is there; a container often sees its own group as the mount itself.</param>
    public static CgroupFolders Find(string mountInfo, string membership, Func<string, bool> exists)
    {
        var mounts = mountInfo.Split('\n').Select(CgroupMount.Parse).OfType<CgroupMount>().ToList();
        var groups = membership.Split('\n').Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        return new CgroupFolders(Folder("cpu"), Folder("cpuacct"), Folder("memory"));

        CgroupFolder? Folder(string controller)
        {
            var group = groups.FirstOrDefault(parts => parts[1].Split(',').Contains(controller));
            if (group is not null && mounts.FirstOrDefault(mount => mount.Version == 1 && mount.Controllers.Contains(controller)) is { } first)
            {
                return first.Folder(group[2], exists);
            }

            group = groups.FirstOrDefault(parts => parts[0] == "0" && parts[1].Length == 0);
            return group is not null && mounts.FirstOrDefault(mount => mount.Version == 2) is { } second ? second.Folder(group[2], exists) : null;
        }
    }

    /// <summary>Of the running process; all absent where there are no control groups.</summary>
    public static CgroupFolders OfThisProcess()
    {
        try
        {
            return Find(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"), Directory.Exists);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new CgroupFolders(null, null, null);
        }
    }
}

/// <param name="Version">1 or 2.</param>
/// <param name="Mount">Where the hierarchy begins.</param>
/// <param name="Path">The group's own folder, at or below <paramref name="Mount"/>.</param>
internal sealed record CgroupFolder(int Version, string Mount, string Path)
{
    public string File(string name) => $"{Path}/{name}";

    /// <summary>The group and its parents up to the mount: a limit on any of them binds.</summary>
    public IEnumerable<string> Upwards()
    {
        var folder = Path;
        while (folder.Length > Mount.Length)
        {
            yield return folder;
            folder = folder[..folder.LastIndexOf('/')];
        }

        yield return Mount;
    }
}
