namespace LoadLab.Serving.Dispatch;

/// <summary>The reason code of a batch that starts while jobs before it wait: what they wait for.</summary>
internal static class Overtaking
{
    public static string Reason(string passedOver) => passedOver switch
    {
        "window" => "overtakes-window",
        "delay" => "overtakes-delay",
        "loading" => "overtakes-loading",
        "no-replica" => "overtakes-no-replica",
        "breaker-open" => "overtakes-breaker-open",
        "waits-for-model" => "overtakes-waits-for-model",
        _ => "overtakes-other",
    };
}
