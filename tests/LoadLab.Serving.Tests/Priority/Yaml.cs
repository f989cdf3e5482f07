using LoadLab.Core.Input;

namespace LoadLab.Serving.Tests.Priority;

/// <summary>Reads the section serving of a scenario written in a test.</summary>
internal static class Yaml
{
    public static T Bind<T>(string yaml, Func<Section, T> bind)
    {
        var (bound, problems) = Try(yaml, bind);
        Assert.Empty(problems);
        return bound;
    }

    /// <summary>Closes the section, as whoever binds all of it does: what the binder did not ask for is a problem.</summary>
    public static (T Bound, IReadOnlyList<Problem> Problems) Try<T>(string yaml, Func<Section, T> bind)
    {
        var problems = new Problems();
        var root = Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!;
        var serving = root.Child("serving")!;
        var bound = bind(serving);
        serving.Close();
        return (bound, problems.All);
    }
}
