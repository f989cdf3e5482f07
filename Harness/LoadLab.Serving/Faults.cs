namespace LoadLab.Serving;

/// <summary>A policy that throws must not take the server with it: the core says so in the journal and goes on with a safe default.</summary>
internal static class Faults
{
    public const string Reason = "policy-fault";
    private const int MaxDetail = 200;

    public static Decision.PolicyFault Of(string policy, Exception e)
    {
        var detail = $"{e.GetType().Name}: {e.Message}".ReplaceLineEndings(" ");
        return new Decision.PolicyFault(policy, Reason, detail.Length > MaxDetail ? detail[..MaxDetail] : detail);
    }
}
