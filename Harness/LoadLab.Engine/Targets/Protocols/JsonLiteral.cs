using System.Text;
using System.Text.Json;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>Which plain words of a YAML file are JSON values and not text.</summary>
internal static class JsonLiteral
{
    public static bool Is(string text) => text is "true" or "false" or "null" || IsNumber(text);

    public static bool IsNumber(string text)
    {
        if (text.Length is 0 or > 64 || text[0] is not ('-' or (>= '0' and <= '9')))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
