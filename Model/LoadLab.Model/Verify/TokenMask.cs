namespace LoadLab.Model.Verify;

/// <summary>Masks of right-padded prompts.</summary>
internal static class TokenMask
{
    /// <summary>Count of real tokens. A mask is ones, then zeros.</summary>
    public static int Length(ReadOnlySpan<long> mask)
    {
        var length = mask.IndexOf(0) is var zero and >= 0 ? zero : mask.Length;
        return length > 0 && !mask[..length].ContainsAnyExcept(1L) && !mask[length..].ContainsAnyExcept(0L)
            ? length
            : throw new FormatException("a mask must be ones, at least one, and then zeros");
    }

    /// <summary>Ids of the real tokens; the padding must be the pad id 0.</summary>
    public static int[] RealTokens(long[] ids, long[] mask)
    {
        var length = Length(mask);
        return ids.Length == mask.Length && !ids.AsSpan(length).ContainsAnyExcept(0L)
            ? Array.ConvertAll(ids[..length], id => checked((int)id))
            : throw new FormatException("ids must be as many as the mask's values, and 0 where it is 0");
    }
}
