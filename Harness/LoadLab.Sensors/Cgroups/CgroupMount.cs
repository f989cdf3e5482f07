namespace LoadLab.Sensors;

/// <summary>One control group hierarchy of /proc/self/mountinfo.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Root">Which group of the hierarchy the mount shows as its top.</param>
/// <param name="Point">Where it is mounted.</param>
/// <param name="Controllers">Version 1 only: what it controls.</param>
internal sealed record CgroupMount(int Version, string Root, string Point, IReadOnlyList<string> Controllers)
{
    /// <summary>
    /// A line is "id parent major:minor root point options… - type device superOptions" (proc_pid_mountinfo(5)); null for other file systems and damaged lines.
    /// </summary>
    public static CgroupMount? Parse(string line)
    {
        var halves = line.Split(" - ", 2);
        if (halves.Length < 2)
        {
            return null;
        }

        var place = halves[0].Split(' ');
        var kind = halves[1].Split(' ');
        if (place.Length < 5 || kind.Length < 3)
        {
            return null;
        }

        return kind[0] switch
        {
            "cgroup" => new CgroupMount(1, place[3], place[4].TrimEnd('/'), kind[2].Split(',')),
            "cgroup2" => new CgroupMount(2, place[3], place[4].TrimEnd('/'), []),
            _ => null,
        };
    }

    public CgroupFolder Folder(string group, Func<string, bool> exists)
    {
        var root = Root.TrimEnd('/');
        var below = group == root || group.StartsWith($"{root}/", StringComparison.Ordinal) ? group[root.Length..] : group;
        var path = (Point + below).TrimEnd('/');

        // ".." in the group means that it lies outside of what this mount shows.
        var visible = !below.Split('/').Contains("..") && exists(path);
        return new CgroupFolder(Version, Point, visible ? path : Point);
    }
}
