using System.Text.Json;

namespace LoadLab.Model.Safetensors;

/// <summary>A header entry as written, before its numbers are believed.</summary>
internal sealed record RawEntry(string Name, string Type, List<long> Shape, List<long> Offsets)
{
    // More axes than any checkpoint has; keeps the cost of a lying shape small.
    private const int MaxNumbers = 32;

    /// <summary>The reader stands on the entry's first token and is left on its last.</summary>
    public static RawEntry Read(ref Utf8JsonReader reader, string name, string file)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refuse(file, name, "the entry must be an object with dtype, shape and data_offsets");
        }

        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, file, name, field);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, file, name, field);
                    break;
                default:
                    throw Refuse(file, name, $"field '{field}' is unknown, repeated or of the wrong kind; an entry has dtype (a string), shape and data_offsets");
            }
        }

        return new RawEntry(
            name,
            type ?? throw Missing(file, name, "dtype"),
            shape ?? throw Missing(file, name, "shape"),
            offsets ?? throw Missing(file, name, "data_offsets"));
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string file, string name, string field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Refuse(file, name, $"{field} must be an array of whole numbers");
        }

        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0 || numbers.Count == MaxNumbers)
            {
                throw Refuse(file, name, $"{field} must be an array of at most {MaxNumbers} whole numbers, none negative");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private static SafetensorsException Missing(string file, string name, string field) => Refuse(file, name, $"{field} is missing");

    private static SafetensorsException Refuse(string file, string name, string problem) => new(SafetensorsCheck.Entry, file, name, problem);
}
