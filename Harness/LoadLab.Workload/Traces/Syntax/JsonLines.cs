using System.Text;
using System.Text.Json;

namespace LoadLab.Workload;

/// <summary>
/// One JSON object a line. A field within an object is called outer.inner; of the objects of a list the last one counts (the last message of a conversation), and plain
/// values of a list are passed over. Numbers keep their digits. Depth, names and count are bounded.
/// </summary>
internal sealed class JsonLines : ITraceSyntax
{
    private const int MaxDepth = 16;
    private const int MaxFields = 512;
    private const int MaxName = 200;

    public bool HasHeader => false;

    public string? Split(string line, TraceFields row)
    {
        row.Clear();
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line), new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return "is not a JSON object";
            }

            var left = MaxFields;
            Members(ref reader, "", row, ref left);
            reader.Read();
            return null;
        }
        catch (JsonException)
        {
            return $"is not a JSON object, or is deeper than {MaxDepth}, of more than {MaxFields} fields or of names longer than {MaxName}";
        }
        catch (InvalidOperationException)
        {
            return "holds a text that is not Unicode";
        }
    }

    private static void Members(ref Utf8JsonReader reader, string prefix, TraceFields row, ref int left)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = prefix + reader.GetString();
            if (name.Length > MaxName)
            {
                throw new JsonException("a name too long");
            }

            reader.Read();
            Value(ref reader, name, row, ref left);
        }
    }

    private static void Value(ref Utf8JsonReader reader, string name, TraceFields row, ref int left)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Members(ref reader, name + ".", row, ref left);
                break;
            case JsonTokenType.StartArray:
                Add(row, name, "", ref left);
                Items(ref reader, name, row, ref left);
                break;
            case JsonTokenType.Null:
                Add(row, name, "", ref left);
                break;
            case JsonTokenType.String:
                Add(row, name, reader.GetString()!, ref left);
                break;
            default:
                Add(row, name, Encoding.ASCII.GetString(reader.ValueSpan), ref left);
                break;
        }
    }

    private static void Items(ref Utf8JsonReader reader, string name, TraceFields row, ref int left)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                Members(ref reader, name + ".", row, ref left);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void Add(TraceFields row, string name, string value, ref int left)
    {
        if (--left < 0)
        {
            throw new JsonException("too many fields");
        }

        row.Add(name, value);
    }
}
