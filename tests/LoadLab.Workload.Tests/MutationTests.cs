using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Core.Tests;

namespace LoadLab.Workload.Tests;

/// <summary>Damaged inputs give a result or an <see cref="InputException"/>, nothing else.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int Mutations = 10_000;
    private const double FewCalls = 2000;

    [Fact]
    public void Mutated_scenarios_are_bound_or_refused()
    {
        var files = Repository.Scenarios.Order(StringComparer.Ordinal).Select(File.ReadAllText)
            .Where(text => !text.Contains("../../shared", StringComparison.Ordinal)).Select(text => text.Replace("1000/s", "10/s", StringComparison.Ordinal)).ToArray();
        var scenario = Repository.File("Scenarios", "mutant.yaml");
        var (bound, built) = (0, 0);
        for (var i = 0; i < Mutations; i++)
        {
            var refusal = Survive(i, files[i % files.Length], mutant =>
            {
                var options = BindWorkload(mutant, scenario);
                bound++;
                if (options is { Arrivals.Total: < FewCalls })
                {
                    built += Scheduler.Build(options, new TargetDefaults("nano", 160, 96, 9, 8)).Sha256.Length == 64 ? 1 : 0;
                }
            });

            // Past the first checks: the text parsed into a tree whose fields were bound.
            bound += refusal is not null && refusal.Problems.All(problem => problem.Field.Length > 0) ? 1 : 0;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bound / (double)Mutations:0.0%} of {Mutations} mutated scenarios reach the binder, {built / (double)Mutations:0.0%} become a schedule"));
        Assert.True(bound >= Mutations / 2);
    }

    [Fact]
    public void Mutated_presets_are_read_or_refused()
    {
        const int FewMutations = 3000;
        var files = Directory.GetFiles(Repository.File("Scenarios", "presets")).Order(StringComparer.Ordinal).Select(File.ReadAllText).ToArray();
        var read = 0;
        for (var i = 0; i < FewMutations; i++)
        {
            read += Survive(i, files[i % files.Length], mutant =>
            {
                var preset = PresetLibrary.Read(mutant, "mutant.yaml");
                if (preset.StepSeconds >= 1 && preset.Day.Mean > 0)
                {
                    Assert.All(preset.Rate(1, Core.Calendar.Default, 7200, new Core.Seed((ulong)i)), piece => Assert.True(piece.End > piece.Start && piece.From >= 0));
                }
            }) is null ? 1 : 0;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{read / (double)FewMutations:0.0%} of {FewMutations} mutated presets are read"));
        Assert.True(read >= FewMutations / 4);
    }

    private static WorkloadOptions BindWorkload(string yaml, string file)
    {
        var problems = new Problems();
        var node = YamlDocument.ReadText(yaml, file, problems);
        var root = node is null ? null : Section.Open(node, "", problems);
        var options = root is null ? null : WorkloadOptions.Bind(root);
        problems.ThrowIfAny();
        return options!;
    }

    /// <summary>Null when the mutant was taken.</summary>
    internal static InputException? Survive(int number, string text, Action<string> read)
    {
        var mutant = new Mutator((ulong)number).Mutate(text);
        try
        {
            read(mutant);
            return null;
        }
        catch (InputException refusal)
        {
            Assert.All(refusal.Problems, problem => Assert.NotEmpty(problem.Message));
            return refusal;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidOperationException($"mutant {number}:\n{mutant}", e);
        }
    }
}
