using System.Globalization;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Profiles;

/// <summary>Finds every value of a profile that no device can have.</summary>
internal sealed class ProfileCheck(string file, Problems problems)
{
    private const double LongestS = 30 * 86400;
    private const int MaxEntries = 10_000;
    private const int MaxDimension = 65_535;

    public void Check(ServiceProfile profile)
    {
        Require(profile.Format == ServiceProfile.CurrentFormat, "format", profile.Format, "is not known", $"write {ServiceProfile.CurrentFormat}");
        Require(profile.Evidence is "real" or "emulated" or "published", "evidence", profile.Evidence, "is not known", "write real, emulated or published");
        Require(profile.RealCalls >= 0, "real_calls", profile.RealCalls, "is negative", "write 0 or more");
        Require(profile.Evidence == "real" || profile.RealCalls == 0, "real_calls", profile.RealCalls, $"real calls cannot stand behind {profile.Evidence} evidence", "write 0");
        Require(profile.Services.Count + profile.Laws.Count <= MaxEntries, "services", profile.Services.Count, "is too long", $"keep at most {MaxEntries}");
        Require(Math.Abs(profile.FirstCallPenaltyS) <= LongestS, "first_call_penalty_s", profile.FirstCallPenaltyS, "is not a time", "write seconds");
        Require(profile.WarmUpCalls >= 0 && profile.WarmUpCalls <= Math.Max(0, profile.RealCalls) + (profile.Evidence == "real" ? 0 : 1_000_000), "warm_up_calls", profile.WarmUpCalls, "is not a part of the calls", "write 0 or more");
        Require(profile.Error is null or (>= 0 and <= 1e6), "error", profile.Error ?? 0, "is not a relative error", "write a share, 0 or more, or leave it out");
        CheckServices(profile);
        CheckLaws(profile);
        Check(profile.ColdStart, "cold_start", least: 0);
        if (profile.Memory is { } memory)
        {
            Require(memory.FixedBytes is >= 0 and <= 1e15, "memory.fixed_bytes", memory.FixedBytes, "is not a size", "write bytes, 0 or more");
            Require(memory.BytesPerPixel is >= 0 and <= 1e9, "memory.bytes_per_pixel", memory.BytesPerPixel, "is not a size", "write bytes, 0 or more");
        }
    }

    private void CheckServices(ServiceProfile profile)
    {
        var seen = new HashSet<(string, int, string, Shape, int)>();
        for (var i = 0; i < Math.Min(profile.Services.Count, MaxEntries); i++)
        {
            var entry = profile.Services[i];
            var path = $"services[{i}]";
            Require(entry.Model.Length > 0, $"{path}.model", entry.Model, "is empty", "name the model");
            Whole(entry.Width, MaxDimension, $"{path}.width");
            Whole(entry.Height, MaxDimension, $"{path}.height");
            Whole(entry.Frames, 100_000, $"{path}.frames");
            Whole(entry.Steps, 10_000, $"{path}.steps");
            Whole(entry.Batch, 10_000, $"{path}.batch");
            Whole(entry.Gpus, 10_000, $"{path}.gpus");
            Check(entry.Whole, $"{path}.whole", least: 1e-9);
            Check(entry.Text, $"{path}.text", least: 0);
            Check(entry.Denoise, $"{path}.denoise", least: 0);
            Check(entry.Decode, $"{path}.decode", least: 0);
            Require(entry.EnergyJ is null or (> 0 and <= 1e12), $"{path}.energy_j", entry.EnergyJ ?? 0, "is not an energy", "write joules above 0, or leave it out");
            Require((entry.TextShare ?? 0) + (entry.DenoiseShare ?? 0) <= 1.000001, $"{path}.whole.mean_s", entry.Whole.MeanS, "is less than its stages", "a whole is at least text + denoise");
            Require(seen.Add((entry.Gpu, entry.Gpus, entry.Model, entry.Shape, entry.Batch)), path, entry.Shape, "is there twice", "keep one");
        }
    }

    private void CheckLaws(ServiceProfile profile)
    {
        for (var i = 0; i < Math.Min(profile.Laws.Count, MaxEntries); i++)
        {
            var law = profile.Laws[i];
            Require(law.FixedS is >= 0 and <= LongestS, $"laws[{i}].fixed_s", law.FixedS, "is not a time", "write seconds, 0 or more");
            Require(law.PerUnitS is >= 0 and <= 1, $"laws[{i}].per_unit_s", law.PerUnitS, "is not a time for one unit", "write seconds for one pixel of one frame in one step");
            Require(law.FixedS + law.PerUnitS > 0, $"laws[{i}]", law.FixedS, "gives no time at all", "write fixed_s or per_unit_s above 0");
            Ratios(law.Ratios, $"laws[{i}].ratios");
        }
    }

    private void Check(SampledTime? time, string path, double least)
    {
        if (time is not null)
        {
            Require(time.MeanS >= least && time.MeanS <= LongestS, $"{path}.mean_s", time.MeanS, "is not a time", $"write seconds up to {LongestS}");
            Require(time.Count >= 0, $"{path}.count", time.Count, "is negative", "write 0 or more");
            Ratios(time.Ratios, $"{path}.ratios");
        }
    }

    private void Ratios(IReadOnlyList<double> ratios, string path)
    {
        if (ratios.Count == 0)
        {
            return;
        }

        Require(ratios.Count <= 8192, path, ratios.Count, "is too long", "keep at most 8192 quantiles");
        Require(ratios.All(ratio => ratio is >= 0 and <= 1e6), path, "…", "holds a value that is no ratio", "write time / mean, 0 or more");
        Require(Math.Abs(ratios.Average() - 1) < 1e-3, path, ratios.Average(), "does not average 1", "divide each by their mean");
        Require(ratios.Zip(ratios.Skip(1)).All(pair => pair.First <= pair.Second), path, "…", "is not in ascending order", "sort it");
    }

    private void Whole(int value, int most, string path) => Require(value >= 1 && value <= most, path, value, $"is not from 1 to {most}", "write a whole number");

    private void Require(bool holds, string field, object value, string message, string fix)
    {
        if (!holds)
        {
            problems.Add(new Problem(file, 0, field, Convert.ToString(value, CultureInfo.InvariantCulture), message, fix));
        }
    }
}
