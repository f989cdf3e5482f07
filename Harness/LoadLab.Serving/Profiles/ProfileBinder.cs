using System.Globalization;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Profiles;

/// <summary>Binds a profile's document and finds every value that no device can have. Field names are those of the properties in snake case.</summary>
internal sealed class ProfileBinder(Problems problems)
{
    private const double LongestS = 30 * 86400;
    private const int MaxEntries = 10_000;
    private const int MaxRatios = 8192;

    /// <summary>A profile that means something only when no problem was added; null when the root is no mapping.</summary>
    public ServiceProfile? Bind(Node root)
    {
        if (Section.Open(root, "", problems) is not { } section)
        {
            return null;
        }

        if (!section.Has("name") && !section.Has("evidence") && !section.Has("services"))
        {
            problems.Add(root, "", null, "holds no profile: neither name, evidence nor services", "give a file that calibrate wrote, or compare with a shipped profile");
            return null;
        }

        var evidence = Required(section, "evidence", "real, emulated or published") ? section.Choice("evidence", "", ("real", "real"), ("emulated", "emulated"), ("published", "published")) : "";
        var calls = section.Integer("real_calls", 0, 0, int.MaxValue);
        Require(evidence.Length == 0 || evidence == "real" || calls == 0, section, "real_calls", calls, $"real calls cannot stand behind {evidence} evidence", "write 0");
        var warmUp = section.Integer("warm_up_calls", 0, 0, int.MaxValue);
        Require(warmUp <= (evidence == "real" ? calls : 1_000_000), section, "warm_up_calls", warmUp, "is not a part of the calls", "write at most real_calls");
        var profile = new ServiceProfile
        {
            Format = section.Integer("format", ServiceProfile.CurrentFormat, ServiceProfile.CurrentFormat, ServiceProfile.CurrentFormat),
            Name = section.RequiredText("name"),
            Device = section.RequiredText("device"),
            Evidence = evidence,
            Source = section.Text("source", ""),
            Command = section.Text("command", ""),
            Version = section.Text("version", ""),
            Measured = section.Text("measured", ""),
            Assumptions = Words(section, "assumptions"),
            RealCalls = calls,
            Runs = Words(section, "runs"),
            WarmUpCalls = warmUp,
            Services = Services(section),
            StageLaws = [.. List(section, "stage_laws").Select(StageLaw)],
            Laws = [.. List(section, "laws").Select(Law)],
            Memory = Child(section, "memory", Memory),
            ColdStart = Child(section, "cold_start", Time),
            FirstCallPenaltyS = section.Number("first_call_penalty_s", 0, -LongestS, LongestS, "1.5"),
            Overheads = Child(section, "overheads", Overheads),
            TextCache = Child(section, "text_cache", TextCache),
            Error = Optional(section, "error", 0, 1e6, "0.02"),
        };
        section.Close();
        return profile;
    }

    private List<ServiceEntry> Services(Section root)
    {
        Required(root, "services", "a list of measured or published times; may be empty");
        var entries = new List<ServiceEntry>();
        var seen = new HashSet<(string, int, string, Shape, int)>();
        foreach (var section in List(root, "services"))
        {
            var entry = Entry(section);
            Require(seen.Add((entry.Gpu, entry.Gpus, entry.Model, entry.Shape, entry.Batch)), section, "", entry.Shape, "is there twice", "keep one");
            entries.Add(entry);
        }

        return entries;
    }

    private ServiceEntry Entry(Section section)
    {
        var entry = new ServiceEntry
        {
            Model = section.RequiredText("model"),
            Width = Whole(section, "width", 65_535),
            Height = Whole(section, "height", 65_535),
            Frames = Whole(section, "frames", 100_000),
            Steps = Whole(section, "steps", 10_000),
            Guided = section.Flag("guided", true),
            Batch = section.Integer("batch", 1, 1, 10_000),
            Gpu = section.Text("gpu", ""),
            Gpus = section.Integer("gpus", 1, 1, 10_000),
            Text = Child(section, "text", Time),
            Denoise = Child(section, "denoise", Time),
            Decode = Child(section, "decode", Time),
            Whole = Child(section, "whole", time => Time(time, 1e-9)) ?? Missing(section, "whole"),
            Outliers = section.Integer("outliers", 0, 0, int.MaxValue),
            EnergyJ = Optional(section, "energy_j", double.Epsilon, 1e12, "4e5"),
            PeakBytes = Optional(section, "peak_bytes", 1, 1e15, "4.1e10"),
            Error = Optional(section, "error", 0, 1e6, "0.02"),
        };
        Require((entry.TextShare ?? 0) + (entry.DenoiseShare ?? 0) <= 1.000001, section, "whole.mean_s", entry.Whole.MeanS, "is less than its stages", "a whole is at least text + denoise");
        section.Close();
        return entry;
    }

    private ServiceLaw Law(Section section)
    {
        var law = new ServiceLaw
        {
            Model = section.RequiredText("model"),
            Gpu = section.Text("gpu", ""),
            Gpus = section.Integer("gpus", 1, 1, 10_000),
            Guided = section.Flag("guided", true),
            Batch = section.Integer("batch", 1, 1, 10_000),
            FixedS = Number(section, "fixed_s", LongestS, "1.5"),
            PerUnitS = Number(section, "per_unit_s", 1, "6e-7"),
            Ratios = Ratios(section),
        };
        Require(law.FixedS + law.PerUnitS > 0, section, "", law.FixedS, "gives no time at all", "write fixed_s or per_unit_s above 0");
        section.Close();
        return law;
    }

    private StageLaw StageLaw(Section section)
    {
        var law = new StageLaw
        {
            Model = section.RequiredText("model"),
            Gpu = section.Text("gpu", ""),
            Gpus = section.Integer("gpus", 1, 1, 10_000),
            TokenPixels = section.Integer("token_pixels", 32, 1, 1024),
            TextS = Number(section, "text_s", LongestS, "0.02"),
            StepFixedS = Number(section, "step_fixed_s", LongestS, "0.001"),
            StepPerTokenS = Number(section, "step_per_token_s", LongestS, "2e-5"),
            StepPerTokenSquaredS = Number(section, "step_per_token_squared_s", LongestS, "3e-9"),
            DecodeFixedS = Number(section, "decode_fixed_s", LongestS, "0.01"),
            DecodePerPixelS = Number(section, "decode_per_pixel_s", 1, "3e-8"),
            Split = section.Flag("split", true),
            Batches = [.. List(section, "batches").Select(Factor)],
            Range = Child(section, "range", Range) ?? NoRange(section),
            Calls = section.Integer("calls", 0, 0, int.MaxValue),
            Cells = section.Integer("cells", 0, 0, int.MaxValue),
            Error = Optional(section, "error", 0, 1e6, "0.01"),
            HeldOutError = Optional(section, "held_out_error", 0, 1e6, "0.02"),
            Ratios = Ratios(section),
        };
        Require(law.TextS + law.StepFixedS + law.StepPerTokenS + law.StepPerTokenSquaredS + law.DecodeFixedS + law.DecodePerPixelS > 0, section, "", law.TextS, "gives no time at all", "write a term above 0");
        Require(law.Batches.Zip(law.Batches.Skip(1)).All(pair => pair.First.Batch < pair.Second.Batch), section, "batches", "…", "is not in ascending order", "sort it");
        section.Close();
        return law;
    }

    private BatchFactor Factor(Section section)
    {
        var factor = new BatchFactor
        {
            Batch = Whole(section, "batch", 10_000),
            Text = Number(section, "text", 1e6, "1.9"),
            Denoise = Number(section, "denoise", 1e6, "1.9"),
            Decode = Number(section, "decode", 1e6, "1.9"),
        };
        section.Close();
        return factor;
    }

    private LawRange Range(Section section)
    {
        var range = new LawRange { Tokens = Bounds(section, "tokens"), Steps = Bounds(section, "steps"), Frames = Bounds(section, "frames"), Batch = Bounds(section, "batch") };
        section.Close();
        return range;
    }

    private LawRange NoRange(Section section)
    {
        Required(section, "range", "{ tokens: 45..180, steps: 4..16, frames: 5..17, batch: 1..4 }");
        return new LawRange { Tokens = default, Steps = default, Frames = default, Batch = default };
    }

    private Bounds Bounds(Section section, string field) =>
        Required(section, field, "4..16") ? section.Value(field, Parse, bounds => bounds.Low >= 0 && bounds.High >= bounds.Low, "a range", "4..16") ?? default : default;

    private static Bounds? Parse(string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        return dots > 0 && Quantity.Number(text[..dots]) is { } low && Quantity.Number(text[(dots + 2)..]) is { } high ? new Bounds(low, high) : null;
    }

    private MemoryLaw Memory(Section section)
    {
        var law = new MemoryLaw
        {
            FixedBytes = Number(section, "fixed_bytes", 1e15, "2.7e10"),
            BytesPerPixel = section.Number("bytes_per_pixel", 0, 0, 1e9, "437"),
            BytesPerToken = section.Number("bytes_per_token", 0, 0, 1e12, "150000"),
            TokenPixels = section.Integer("token_pixels", 32, 1, 1024),
            Error = Number(section, "error", 1e6, "0.01"),
            Count = section.Integer("count", 0, 0, int.MaxValue),
        };
        section.Close();
        return law;
    }

    private Overheads Overheads(Section section)
    {
        var overheads = new Overheads { Request = Child(section, "request", Time), Answer = Child(section, "answer", Time), Dispatch = Child(section, "dispatch", Time) };
        section.Close();
        return overheads;
    }

    private TextCacheShare TextCache(Section section)
    {
        var share = new TextCacheShare { HitShare = Number(section, "hit_share", 1, "0.4"), Batches = section.Integer("batches", 0, 0, int.MaxValue) };
        section.Close();
        return share;
    }

    private SampledTime Time(Section section) => Time(section, 0);

    private SampledTime Time(Section section, double least)
    {
        var time = new SampledTime
        {
            Count = section.Integer("count", 0, 0, int.MaxValue),
            MeanS = Required(section, "mean_s", "seconds") ? section.Number("mean_s", 1, least, LongestS, "1.5") : 1,
            Ratios = Ratios(section),
        };
        section.Close();
        return time;
    }

    private double[] Ratios(Section section)
    {
        var items = Nodes(section, "ratios");
        if (items.Count == 0)
        {
            return [];
        }

        Require(items.Count <= MaxRatios, section, "ratios", items.Count, "is too long", $"keep at most {MaxRatios} quantiles");
        var ratios = new double[Math.Min(items.Count, MaxRatios)];
        for (var i = 0; i < ratios.Length; i++)
        {
            if (items[i] is not ScalarNode scalar || Quantity.Number(scalar.Text) is not (>= 0 and <= 1e6 and var ratio))
            {
                problems.Add(items[i], $"{section.PathOf("ratios")}[{i}]", (items[i] as ScalarNode)?.Text, "is not a ratio", "write time / mean, 0 or more");
                return [];
            }

            ratios[i] = ratio;
        }

        Require(Math.Abs(ratios.Average() - 1) < 1e-3, section, "ratios", ratios.Average(), "does not average 1", "divide each by their mean");
        Require(ratios.Zip(ratios.Skip(1)).All(pair => pair.First <= pair.Second), section, "ratios", "…", "is not in ascending order", "sort it");
        return ratios;
    }

    private List<Section> List(Section section, string field)
    {
        var items = Nodes(section, field);
        Require(items.Count <= MaxEntries, section, field, items.Count, "is too long", $"keep at most {MaxEntries}");
        return [.. items.Take(MaxEntries).Select((node, index) => Section.Open(node, $"{section.PathOf(field)}[{index}]", problems)).OfType<Section>()];
    }

    private string[] Words(Section section, string field)
    {
        var words = new List<string>();
        foreach (var (node, index) in Nodes(section, field).Select((node, index) => (node, index)))
        {
            if (node is ScalarNode scalar && !IsNull(scalar))
            {
                words.Add(scalar.Text);
            }
            else
            {
                problems.Add(node, $"{section.PathOf(field)}[{index}]", null, "is not a text", "write one sentence or word, or leave it out");
            }
        }

        return [.. words];
    }

    /// <summary>Of a field that may be absent or null; anything but a list is a problem.</summary>
    private IReadOnlyList<Node> Nodes(Section section, string field)
    {
        switch (section.Find(field))
        {
            case SequenceNode list:
                return list.Items;
            case { } node when !IsNull(node):
                problems.Add(node, section.PathOf(field), (node as ScalarNode)?.Text, "is not a list", "write [ … ], or a line with a dash for each item");
                return [];
            default:
                return [];
        }
    }

    private static T? Child<T>(Section section, string field, Func<Section, T> bind)
        where T : class =>
        section.Find(field) is { } node && !IsNull(node) && Section.Open(node, section.PathOf(field), section.Problems) is { } child ? bind(child) : null;

    private static SampledTime Missing(Section section, string field)
    {
        if (!section.Has(field))
        {
            section.Missing(field, "{ mean_s: 1.5 }");
        }

        return new SampledTime { MeanS = 1 };
    }

    private double Number(Section section, string field, double most, string example) => Required(section, field, example) ? section.Number(field, 0, 0, most, example) : 0;

    private int Whole(Section section, string field, int most) => Required(section, field, "a whole number") ? section.Integer(field, 1, 1, most) : 1;

    private static double? Optional(Section section, string field, double least, double most, string example) =>
        section.Find(field) is { } node && !IsNull(node) ? section.Number(field, least, least, most, example) : null;

    private static bool Required(Section section, string field, string what)
    {
        if (!section.Has(field))
        {
            section.Missing(field, what);
            return false;
        }

        return true;
    }

    private static bool IsNull(Node node) => node is ScalarNode { Quoted: false, Text: "" or "null" or "~" };

    private void Require(bool holds, Section section, string field, object value, string message, string fix)
    {
        if (!holds)
        {
            problems.Add(new Problem(section.Node.File, section.LineOf(field), field.Length > 0 ? section.PathOf(field) : section.PathOf("").TrimEnd('.'), Convert.ToString(value, CultureInfo.InvariantCulture), message, fix));
        }
    }
}
