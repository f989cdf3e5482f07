using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LoadLab.Core.Input;

/// <summary>
/// Reads YAML into a node tree. Bounded for hostile files: size, depth, node count; aliases, anchors, tags and several documents are refused.
/// Every fault is a <see cref="Problem"/> with its line.
/// </summary>
public static class YamlDocument
{
    public const int MaxBytes = 1 << 20;
    public const int MaxDepth = 32;
    public const int MaxNodes = 50_000;

    /// <summary>The root node, or null with at least one problem added.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">Gets what is wrong.</param>
    /// <param name="maxBytes">Of the file.</param>
    /// <param name="maxNodes">Of its tree.</param>
    public static Node? ReadFile(string path, Problems problems, int maxBytes = MaxBytes, int maxNodes = MaxNodes)
    {
        byte[] bytes;
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > maxBytes)
            {
                problems.Add(new Problem(path, 0, "", null, $"has {stream.Length} bytes", $"it may have at most {maxBytes}"));
                return null;
            }

            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(new Problem(path, 0, "", null, "cannot be read", e.Message));
            return null;
        }

        return Build(Encoding.UTF8.GetString(bytes), path, problems, maxNodes);
    }

    /// <summary>As <see cref="ReadFile"/>, of a text.</summary>
    public static Node? ReadText(string text, string file, Problems problems, int maxCharacters = MaxBytes, int maxNodes = MaxNodes)
    {
        if (text.Length > maxCharacters)
        {
            problems.Add(new Problem(file, 0, "", null, $"has {text.Length} characters", $"at most {maxCharacters} are read"));
            return null;
        }

        return Build(text, file, problems, maxNodes);
    }

    private static Node? Build(string text, string file, Problems problems, int maxNodes)
    {
        try
        {
            return new Builder(new Parser(new StringReader(text.TrimStart('\uFEFF'))), file, problems, maxNodes).Document();
        }
        catch (YamlException e)
        {
            problems.Add(new Problem(file, (int)e.Start.Line, "", null, "is not valid YAML", e.Message));
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            // The parser of the library leaks a few other exceptions on malformed text.
            problems.Add(new Problem(file, 1, "", null, "is not valid YAML", e.Message));
            return null;
        }
    }

    private sealed class Builder(Parser parser, string file, Problems problems, int maxNodes)
    {
        private int _nodes;

        public Node? Document()
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                problems.Add(new Problem(file, 1, "", null, "is empty", "write at least name, workload and target"));
                return null;
            }

            var root = Read(1);
            if (root is not null && parser.Accept<DocumentEnd>(out _))
            {
                parser.Consume<DocumentEnd>();
                if (parser.TryConsume<DocumentStart>(out var second))
                {
                    problems.Add(new Problem(file, (int)second.Start.Line, "", null, "holds a second document", "keep one document per file"));
                }
            }

            return root;
        }

        private Node? Read(int depth)
        {
            var head = parser.Current ?? throw new InvalidOperationException("the document ends early");
            var line = (int)head.Start.Line;
            if (depth > MaxDepth || ++_nodes > maxNodes)
            {
                problems.Add(new Problem(file, line, "", null, depth > MaxDepth ? $"is nested deeper than {MaxDepth}" : $"has more than {maxNodes} nodes", "make it simpler"));
                return null;
            }

            if (head is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
            {
                problems.Add(new Problem(file, line, "", null, "uses an anchor or alias", "write the value out"));
                return null;
            }

            if (head is NodeEvent { Tag.IsEmpty: false })
            {
                problems.Add(new Problem(file, line, "", null, "uses a tag", "write the plain value"));
                return null;
            }

            return head switch
            {
                Scalar scalar => new ScalarNode(file, line, parser.Consume<Scalar>().Value, scalar.Style != ScalarStyle.Plain),
                SequenceStart => Sequence(line, depth),
                MappingStart => Mapping(line, depth),
                _ => throw new InvalidOperationException($"unexpected {head.GetType().Name}"),
            };
        }

        private SequenceNode? Sequence(int line, int depth)
        {
            parser.Consume<SequenceStart>();
            var items = new List<Node>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                if (Read(depth + 1) is not { } item)
                {
                    return null;
                }

                items.Add(item);
            }

            return new SequenceNode(file, line, items);
        }

        private MappingNode? Mapping(int line, int depth)
        {
            parser.Consume<MappingStart>();
            var entries = new List<MappingEntry>();
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (Read(depth + 1) is not { } key)
                {
                    return null;
                }

                if (key is not ScalarNode name)
                {
                    problems.Add(new Problem(file, key.Line, "", null, "has a key that is not a word", "write key: value"));
                    return null;
                }

                if (Read(depth + 1) is not { } value)
                {
                    return null;
                }

                if (!keys.Add(name.Text))
                {
                    problems.Add(new Problem(file, name.Line, name.Text, null, "is written twice", "keep one"));
                }
                else
                {
                    entries.Add(new MappingEntry(name.Text, name.Line, value));
                }
            }

            return new MappingNode(file, line, entries);
        }
    }
}
