namespace LoadLab.Core.Input;

/// <summary>A node of a parsed YAML document; knows its file and line.</summary>
public abstract record Node(string File, int Line);

/// <param name="Quoted">Written in quotes or as a block: text, whatever it looks like.</param>
public sealed record ScalarNode(string File, int Line, string Text, bool Quoted = false) : Node(File, Line);

public sealed record SequenceNode(string File, int Line, IReadOnlyList<Node> Items) : Node(File, Line);

public sealed record MappingNode(string File, int Line, IReadOnlyList<MappingEntry> Entries) : Node(File, Line)
{
    public Node? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}

public sealed record MappingEntry(string Key, int Line, Node Value);
