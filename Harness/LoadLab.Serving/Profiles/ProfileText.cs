using System.Globalization;
using System.Text;

namespace LoadLab.Serving.Profiles;

/// <summary>Writes a profile as YAML for people: what stands behind it at the top, a row for each entry, each list of ratios on one line. The same text for the same profile.</summary>
internal sealed class ProfileText
{
    private readonly StringBuilder _text = new();

    public static string Of(ServiceProfile profile)
    {
        var text = new ProfileText();
        text.Head(profile);
        text.List("services", profile.Services, Entry);
        text.List("stage_laws", profile.StageLaws, Law);
        text.List("laws", profile.Laws, Law);
        text.Tail(profile);
        return text._text.ToString();
    }

    private void Head(ServiceProfile profile)
    {
        var behind = profile.RealCalls == 0 ? "No real call stands" : profile.RealCalls == 1 ? "One real call stands" : $"{Text(profile.RealCalls)} real calls stand";
        Line($"# Service times of video models, in seconds. {behind} behind them.");
        Line($"format: {Text(profile.Format)}");
        Line($"name: {Word(profile.Name)}");
        Line($"device: {Word(profile.Device)}");
        Line($"evidence: {Word(profile.Evidence)}");
        Line($"real_calls: {Text(profile.RealCalls)}");
        Field("warm_up_calls", profile.WarmUpCalls == 0 ? null : Text(profile.WarmUpCalls));
        Field("error", profile.Error is { } error ? Text(error) : null);
        Field("source", WordOrNull(profile.Source));
        Field("command", WordOrNull(profile.Command));
        Field("version", WordOrNull(profile.Version));
        Field("measured", WordOrNull(profile.Measured));
        Words("runs", profile.Runs);
        Words("assumptions", profile.Assumptions);
    }

    private void Tail(ServiceProfile profile)
    {
        if (profile.Memory is { } memory)
        {
            Line($"memory: {Row(("fixed_bytes", Text(memory.FixedBytes)), ("bytes_per_pixel", Some(memory.BytesPerPixel)), ("bytes_per_token", Some(memory.BytesPerToken)), ("token_pixels", Count(memory.TokenPixels, 32)), ("error", Text(memory.Error)), ("count", Text(memory.Count)))}");
        }

        Field("cold_start", Time(profile.ColdStart));
        Field("first_call_penalty_s", profile.FirstCallPenaltyS == 0 ? null : Text(profile.FirstCallPenaltyS));
        if (profile.Overheads is { } overheads)
        {
            Line($"overheads: {Row(("request", Time(overheads.Request)), ("answer", Time(overheads.Answer)), ("dispatch", Time(overheads.Dispatch)))}");
        }

        if (profile.TextCache is { } cache)
        {
            Line($"text_cache: {Row(("hit_share", Text(cache.HitShare)), ("batches", Text(cache.Batches)))}");
        }
    }

    private static IEnumerable<string> Entry(ServiceEntry entry)
    {
        yield return Fields(
            ("model", Word(entry.Model)), ("width", Text(entry.Width)), ("height", Text(entry.Height)), ("frames", Text(entry.Frames)), ("steps", Text(entry.Steps)),
            ("guided", entry.Guided ? null : "false"), ("batch", Text(entry.Batch)), ("gpu", WordOrNull(entry.Gpu)), ("gpus", Count(entry.Gpus, 1)),
            ("energy_j", entry.EnergyJ is { } energy ? Text(energy) : null), ("peak_bytes", entry.PeakBytes is { } peak ? Text(peak) : null), ("error", entry.Error is { } error ? Text(error) : null), ("outliers", Count(entry.Outliers, 0)));
        if (Fields(("text", Time(entry.Text)), ("denoise", Time(entry.Denoise)), ("decode", Time(entry.Decode))) is { Length: > 0 } stages)
        {
            yield return stages;
        }

        yield return $"whole: {Time(entry.Whole)}";
    }

    private static IEnumerable<string> Law(StageLaw law)
    {
        yield return Fields(("model", Word(law.Model)), ("gpu", WordOrNull(law.Gpu)), ("gpus", Count(law.Gpus, 1)), ("token_pixels", Text(law.TokenPixels)), ("split", law.Split ? null : "false"));
        yield return Fields(("text_s", Text(law.TextS)), ("step_fixed_s", Text(law.StepFixedS)), ("step_per_token_s", Text(law.StepPerTokenS)), ("step_per_token_squared_s", Text(law.StepPerTokenSquaredS)));
        yield return Fields(("decode_fixed_s", Text(law.DecodeFixedS)), ("decode_per_pixel_s", Text(law.DecodePerPixelS)));
        if (law.Batches.Count > 0)
        {
            yield return $"batches: [{string.Join(", ", law.Batches.Select(factor => Row(("batch", Text(factor.Batch)), ("text", Text(factor.Text)), ("denoise", Text(factor.Denoise)), ("decode", Text(factor.Decode)))))}]";
        }

        yield return $"range: {Row(("tokens", law.Range.Tokens.ToString()), ("steps", law.Range.Steps.ToString()), ("frames", law.Range.Frames.ToString()), ("batch", law.Range.Batch.ToString()))}";
        if (Fields(("calls", Count(law.Calls, 0)), ("cells", Count(law.Cells, 0)), ("error", Maybe(law.Error)), ("held_out_error", Maybe(law.HeldOutError)), ("ratios", Ratios(law.Ratios))) is { Length: > 0 } behind)
        {
            yield return behind;
        }
    }

    private static IEnumerable<string> Law(ServiceLaw law)
    {
        yield return Fields(
            ("model", Word(law.Model)), ("gpu", WordOrNull(law.Gpu)), ("gpus", Count(law.Gpus, 1)), ("guided", law.Guided ? null : "false"), ("batch", Text(law.Batch)),
            ("fixed_s", Text(law.FixedS)), ("per_unit_s", Text(law.PerUnitS)), ("ratios", Ratios(law.Ratios)));
    }

    private void List<T>(string name, IReadOnlyList<T> items, Func<T, IEnumerable<string>> lines)
    {
        if (items.Count == 0)
        {
            Field(name, name == "services" ? "[]" : null);
            return;
        }

        Line($"{name}:");
        foreach (var item in items)
        {
            Line($"  - {{ {string.Join(",\n      ", lines(item))} }}");
        }
    }

    private void Words(string name, IReadOnlyList<string> words)
    {
        if (words.Count > 0)
        {
            Line($"{name}:");
            foreach (var word in words)
            {
                Line($"  - {Word(word)}");
            }
        }
    }

    private void Field(string name, string? value)
    {
        if (value is not null)
        {
            Line($"{name}: {value}");
        }
    }

    private void Line(string text) => _text.Append(text).Append('\n');

    private static string? Time(SampledTime? time) =>
        time is null ? null : Row(("count", Count(time.Count, 0)), ("mean_s", Text(time.MeanS)), ("ratios", Ratios(time.Ratios)));

    private static string? Ratios(IReadOnlyList<double> ratios) => ratios.Count == 0 ? null : $"[{string.Join(", ", ratios.Select(Text))}]";

    private static string Row(params ReadOnlySpan<(string Name, string? Value)> fields) => $"{{ {Fields(fields)} }}";

    private static string Fields(params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        var all = new List<string>();
        foreach (var (name, value) in fields)
        {
            if (value is not null)
            {
                all.Add($"{name}: {value}");
            }
        }

        return string.Join(", ", all);
    }

    private static string? Count(int value, int usual) => value == usual ? null : Text(value);

    private static string? Some(double value) => value == 0 ? null : Text(value);

    private static string? Maybe(double? value) => value is { } known ? Text(known) : null;

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static string? WordOrNull(string text) => text.Length == 0 ? null : Word(text);

    /// <summary>Plain where no reader of YAML can take it for anything else; in quotes otherwise.</summary>
    private static string Word(string text)
    {
        var plain = text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/')
            && text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");
        return plain ? text : Quoted(text);
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' or '\\' => quoted.Append('\\').Append(rune),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < 0x20 or (>= 0x7f and < 0xa0) or 0x2028 or 0x2029 or 0xfeff => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => quoted.Append(rune),
            };
        }

        return quoted.Append('"').ToString();
    }
}
