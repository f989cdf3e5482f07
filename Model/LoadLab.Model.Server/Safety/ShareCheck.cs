using LoadLab.Core;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Safety;

/// <summary>Refuses a share of the prompts by hash, for load tests: the same prompt is judged alike in every run of the seed, under every policy, and in simulation.</summary>
/// <param name="share">In [0, 1].</param>
/// <param name="seed">Of the run.</param>
internal sealed class ShareCheck(double share, Seed seed) : IContentCheck
{
    private readonly Seed _before = seed.Derive("safety-before");
    private readonly Seed _after = seed.Derive("safety-after");

    public string? Refusal(Content content, CancellationToken cancellationToken)
    {
        // The upper 53 bits of the hash as a number in [0, 1).
        var hash = (content.Phase == SafetyPhase.Before ? _before : _after).Derive(content.PromptHash).Value >> 11;
        return hash * (1.0 / (1UL << 53)) < share ? "refused by the share of refusedShare" : null;
    }
}
