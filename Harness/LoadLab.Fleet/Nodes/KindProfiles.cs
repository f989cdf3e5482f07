using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>Which part of the profile each kind of replica takes its times from.</summary>
internal static class KindProfiles
{
    /// <summary>
    /// Throws <see cref="InputException"/> naming every kind that the profile knows nothing of, or when a fleet without kinds leaves open which of the profile's it is of.
    /// </summary>
    public static IReadOnlyList<(KindOptions Kind, ServiceProfile Profile)> Of(ServiceProfile profile, FleetOptions fleet)
    {
        if (fleet.Kinds.Count == 0 && !profile.IsOfOneKind)
        {
            throw new InputException(new Problem(
                $"profile {profile.Name}", 0, "services", Known(profile), "are replicas of several kinds, and the scenario does not say which it has", "write fleet.kinds, for example [ { kind: h100-8, gpu: h100, gpus: 8, replicas: 4 } ]"));
        }

        var parts = fleet.Kinds.Select(kind => (Kind: kind, Profile: profile.For(kind.Gpu, kind.Gpus))).ToList();
        var lacking = parts.Where(part => part.Profile is null).Select(part => new Problem(
            $"profile {profile.Name}",
            0,
            "services",
            $"{part.Kind.Kind.Name}: {part.Kind.Gpus} x {Gpu(part.Kind.Gpu)}",
            "is a kind of replica that the profile knows no time of",
            $"it knows {Known(profile)}; write such a gpu and gpus under fleet.kinds, or calibrate this kind")).ToList();
        return lacking.Count > 0 ? throw new InputException(lacking) : [.. parts.Select(part => (part.Kind, part.Profile!))];
    }

    /// <summary>Throws <see cref="InputException"/> listing, kind by kind, the shapes of its models that its times lack, and the models that no kind serves.</summary>
    public static void Require(Schedule schedule, ServingOptions serving, FleetOptions fleet, Func<KindOptions, ServiceTimes> timesOf)
    {
        if (fleet.Kinds.Count == 0)
        {
            return;
        }

        var problems = fleet.Kinds.SelectMany(kind => timesOf(kind).Lacks(schedule, serving, kind.Holds)
            .Select(problem => problem with { Message = $"{problem.Message} for replicas of kind {kind.Kind.Name}", Fix = $"{problem.Fix}; or name the models that the kind serves: fleet.kinds models" })).ToList();
        var served = string.Join(", ", fleet.Kinds.SelectMany(kind => kind.Models).Select(model => model.Name).Distinct());
        problems.AddRange(schedule.Kinds.Select(call => call.Model).Distinct().Where(model => !fleet.Kinds.Any(kind => kind.Holds(model))).Order(StringComparer.Ordinal)
            .Select(model => new Problem("scenario", 0, "fleet.kinds", model, "is a model of the schedule that no kind of replica serves", $"they serve {served}; add it to a kind's models")));
        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    private static string Known(ServiceProfile profile) => string.Join(", ", profile.Services.Select(entry => (entry.Gpus, entry.Gpu)).Concat(profile.Laws.Select(law => (law.Gpus, law.Gpu)))
        .Distinct().OrderBy(known => known.Gpu, StringComparer.Ordinal).ThenBy(known => known.Gpus).Select(known => string.Create(CultureInfo.InvariantCulture, $"{known.Gpus} x {Gpu(known.Gpu)}")));

    private static string Gpu(string name) => name.Length > 0 ? name : "any GPU";
}
