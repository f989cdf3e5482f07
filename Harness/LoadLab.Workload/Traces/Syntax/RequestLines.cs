namespace LoadLab.Workload;

/// <summary>
/// Lines as a Python record prints itself: <c>Request(request_id=0, timestamp=2.5, prompt='a cat\n', slo_ms=None)</c>. Nothing is evaluated: named values only, each a number,
/// a text, None, True, False or a list of such (passed over). Depth and counts are bounded, and the line is by its reader.
/// </summary>
internal sealed class RequestLines : ITraceSyntax
{
    public const string Opening = "Request(";
    private const int MaxFields = 64;

    public bool HasHeader => false;

    public string? Split(string line, TraceFields row)
    {
        row.Clear();
        var at = new PythonLiterals(line);
        if (!at.Take(Opening))
        {
            return $"does not begin with {Opening}";
        }

        var fields = 0;
        while (!at.Take(")"))
        {
            if (fields > 0 && !at.Take(","))
            {
                return $"goes on without a comma at character {at.Place}";
            }

            if (fields > 0 && at.Take(")"))
            {
                break;
            }

            if (++fields > MaxFields)
            {
                return $"has more than {MaxFields} fields";
            }

            if (at.Name() is not { } name || !at.Take("="))
            {
                return $"is not name=value at character {at.Place}";
            }

            if (at.Value() is not { } value)
            {
                return $"{name} has a value that is not plain, before character {at.Place}";
            }

            row.Add(name, value);
        }

        return at.Ended ? null : $"goes on after its end at character {at.Place}";
    }
}
