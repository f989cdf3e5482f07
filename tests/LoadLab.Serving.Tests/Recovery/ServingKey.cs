using LoadLab.Core.Input;

namespace LoadLab.Serving.Tests;

/// <summary>Binds one key of a serving section as a scenario would; the rest of the section is nobody's business here.</summary>
internal static class ServingKey
{
    /// <summary>What the binder made of the key, and each problem as "line field message".</summary>
    public static (T Bound, string[] Problems) Bind<T>(string serving, Func<Section, T> bind)
    {
        var problems = new Problems();
        var section = Section.Open(YamlDocument.ReadText(serving, "scenario.yaml", problems)!, "serving", problems)!;
        var bound = bind(section);
        Assert.All(problems.All, problem => Assert.NotEqual("", problem.Fix));
        return (bound, [.. problems.All.Select(problem => $"{problem.Line} {problem.Field} {problem.Message}")]);
    }

    /// <summary>The bound value of a key that has no problem.</summary>
    public static T Good<T>(string serving, Func<Section, T> bind)
    {
        var (bound, problems) = Bind(serving, bind);
        Assert.Empty(problems);
        return bound;
    }

    public static string[] Bad<T>(string serving, Func<Section, T> bind) => Bind(serving, bind).Problems;
}
