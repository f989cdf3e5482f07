namespace LoadLab.Serving.Tests.Laws;

/// <summary>A law of the serving core that a story broke.</summary>
internal sealed class LawBrokenException(string message) : Exception(message);

internal static class Law
{
    public static void Holds(bool law, string broken)
    {
        if (!law)
        {
            throw new LawBrokenException(broken);
        }
    }
}
