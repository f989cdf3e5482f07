namespace LoadLab.Model.Server.Http;

/// <summary>Whom a request's key stands for.</summary>
/// <param name="Tenant">The only tenant it may name, and the only one whose jobs it sees; null = every tenant.</param>
/// <param name="Tiers">The tiers it may ask for, the first by default; empty = the tier without a name. Says nothing when <paramref name="Tenant"/> is null.</param>
internal sealed record ApiKey(string? Tenant, IReadOnlyList<string> Tiers)
{
    /// <summary>The key of whoever runs the server.</summary>
    public static ApiKey Everyone { get; } = new(null, []);

    /// <summary>Whether a job of that tenant is this key's business.</summary>
    public bool Sees(string tenant) => Tenant is null || Tenant == tenant;

    /// <summary>The request under this key's tenant and tier; <paramref name="problems"/> holds what the key does not allow.</summary>
    public VideoRequest Sign(VideoRequest request, out IReadOnlyList<FieldProblem> problems)
    {
        var found = new List<FieldProblem>();
        problems = found;
        if (Tenant is null)
        {
            return request;
        }

        if (request.Tenant.Length > 0 && request.Tenant != Tenant)
        {
            found.Add(new FieldProblem("user", request.Tenant, "is not the tenant of this key", $"write {Tenant} or leave it out"));
        }

        if (request.Tier.Length > 0 && !Tiers.Contains(request.Tier))
        {
            found.Add(new FieldProblem("service_tier", request.Tier, "is not open to this key", Tiers.Count > 0 ? $"write {string.Join(" or ", Tiers)}, or leave it out" : "leave it out"));
        }

        return request with { Tenant = Tenant, Tier = request.Tier.Length > 0 || Tiers.Count == 0 ? request.Tier : Tiers[0] };
    }
}
