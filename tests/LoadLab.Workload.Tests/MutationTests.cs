using System.Globalization;
using System.Text;
using LoadLab.Core.Input;
using LoadLab.Core.Tests;

namespace LoadLab.Workload.Tests;

/// <summary>Damaged inputs give a result or an <see cref="InputException"/>, nothing else.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int Mutations = 10_000;
    private const double FewCalls = 2000;

    private static readonly string[] s_traces =
    [
        "TIMESTAMP,ContextTokens,GeneratedTokens\n" + Rows(i => $"2023-11-16 18:{i / 60:00}:{i % 60:00}.6805900,{i * 7},{i}"),
        "arrival_s,ContextTokens,GeneratedTokens\n" + Rows(i => $"{i}.1234567,{i * 7},{i}"),
        "gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora\n" +
            Rows(i => $"2024-11-15 16:{i / 60:00}:{i % 60:00},TXT_2_IMG,SUCCEED,32.0,G{i:0000},63.0,,1.0,30.0,M0000,0"),
        "arrival_s,width,height,frames,steps,tier,tenant,model,prompt\n" + Rows(i => $"{i}.5,160,96,9,8,vip,acme,nano,\"a cat, asleep\""),
    ];

    [Fact]
    public void Mutated_traces_are_read_or_refused()
    {
        var past = 0;
        for (var i = 0; i < Mutations; i++)
        {
            past += Survive(i, s_traces[i % s_traces.Length], mutant =>
            {
                var found = TraceInspection.Of(TraceReader.Read(Lines(mutant), "mutant.csv", null, 0.2));
                Assert.NotEmpty(found.Describe());
            }) is null ? 1 : 0;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{past / (double)Mutations:0.0%} of {Mutations} mutated traces are read"));
        Assert.True(past >= Mutations / 2);
    }

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
    private static InputException? Survive(int number, string text, Action<string> read)
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

    private static TraceLines Lines(string text)
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return new TraceLines(buffer => stream.Read(buffer));
    }

    private static string Rows(Func<int, string> row) => string.Concat(Enumerable.Range(0, 30).Select(i => row(i) + "\n"));
}
