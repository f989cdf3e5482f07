using System.Globalization;
using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Core.Tests;

public sealed class YamlDocumentTests(ITestOutputHelper output)
{
    private const int Mutations = 10_000;

    [Fact]
    public void Tree_keeps_values_and_lines()
    {
        var root = Assert.IsType<MappingNode>(Read("a: 1\nb:\n  - x\n  - { c: 'd e' }\n").Node);
        Assert.Equal([1, 2], root.Entries.Select(entry => entry.Line));
        var list = Assert.IsType<SequenceNode>(root.Find("b"));
        Assert.Equal([3, 4], list.Items.Select(item => item.Line));
        Assert.Equal("d e", Assert.IsType<ScalarNode>(Assert.IsType<MappingNode>(list.Items[1]).Find("c")).Text);
    }

    [Fact]
    public void Byte_order_mark_is_no_part_of_the_first_key()
    {
        Assert.Equal("a", Assert.Single(Assert.IsType<MappingNode>(Read("\uFEFFa: 1\n").Node).Entries).Key);
    }

    [Theory]
    [InlineData("", "is empty", 1)]
    [InlineData("a: 1\na: 2\n", "is written twice", 2)]
    [InlineData("a: &x 1\nb: *x\n", "uses an anchor or alias", 1)]
    [InlineData("a: 1\nb: *x\n", "uses an anchor or alias", 2)]
    [InlineData("a: 1\nb: !!python/object 2\n", "uses a tag", 2)]
    [InlineData("a: 1\n---\nb: 2\n", "holds a second document", 2)]
    [InlineData("a: 1\n  b: [1,, 2\n", "is not valid YAML", 2)]
    [InlineData("a: 1\n? [x]\n: 2\n", "has a key that is not a word", 2)]
    public void Fault_is_told_with_its_line(string text, string told, int line)
    {
        var (_, problems) = Read(text);
        var problem = Assert.Single(problems.All);
        Assert.Contains(told, problem.Message, StringComparison.Ordinal);
        Assert.Equal(line, problem.Line);
    }

    [Fact]
    public void Nesting_beyond_the_bound_is_refused()
    {
        Assert.NotNull(Read(new string('[', 30) + "1" + new string(']', 30)).Node);
        Assert.Contains("nested deeper", Assert.Single(Read(new string('[', 500_000)).Problems.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_beyond_the_bound_are_refused()
    {
        Assert.Contains("nodes", Assert.Single(Read("[" + string.Concat(Enumerable.Repeat("1,", 60_000)) + "1]").Problems.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Size_beyond_the_bound_is_refused()
    {
        Assert.Contains("characters", Assert.Single(Read(new string(' ', YamlDocument.MaxBytes + 1)).Problems.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_cannot_be_read_is_a_problem()
    {
        var problems = new Problems();
        Assert.Null(YamlDocument.ReadFile(Path.Combine(Path.GetTempPath(), "nowhere.yaml"), problems));
        Assert.Null(YamlDocument.ReadFile(Path.GetTempPath(), problems));
        Assert.Null(YamlDocument.ReadFile("", problems));
        Assert.Equal(3, problems.All.Count);
    }

    /// <summary>10,000 damaged scenario files: a tree or a problem, never an exception, and at least half still have a tree.</summary>
    [Fact]
    public void Mutated_files_give_a_tree_or_a_problem()
    {
        var files = Directory.GetFiles(Repository.File("Scenarios"), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToArray();
        var parsed = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var mutant = new Mutator((ulong)i).Mutate(files[i % files.Length]);
            try
            {
                var (node, problems) = Read(mutant);
                Assert.True(node is not null || problems.Any, "neither a tree nor a problem");
                Assert.All(problems.All, problem => Assert.True(problem.Line is >= 0 and < 1000));
                parsed += node is null ? 0 : 1;
                Walk(node, 0);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"mutant {i} of {files[i % files.Length].Split('\n')[2]}:\n{mutant}", e);
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{parsed / (double)Mutations:0.0%} of {Mutations} mutated YAML files still parse into a tree"));
        Assert.True(parsed >= Mutations / 2);
    }

    private static void Walk(Node? node, int depth)
    {
        Assert.True(depth <= YamlDocument.MaxDepth);
        foreach (var child in node switch { MappingNode mapping => mapping.Entries.Select(entry => entry.Value), SequenceNode list => list.Items, _ => [] })
        {
            Walk(child, depth + 1);
        }
    }

    private static (Node? Node, Problems Problems) Read(string text)
    {
        var problems = new Problems();
        return (YamlDocument.ReadText(text, "test.yaml", problems), problems);
    }
}
