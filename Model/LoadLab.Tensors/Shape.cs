namespace LoadLab.Tensors;

/// <summary>The extents of a row-major float32 tensor, outermost first. An extent below zero cannot be built.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int[] _extents;

    public Shape(params int[] extents)
    {
        foreach (var extent in extents)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(extents));
        }

        _extents = extents;
    }

    public int Rank => _extents?.Length ?? 0;

    /// <summary>Extent of one axis; negative axes count from the end.</summary>
    public int this[int axis] => _extents[axis < 0 ? Rank + axis : axis];

    /// <summary>Product of the extents. Throws <see cref="OverflowException"/> past 2^63.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (var extent in Extents)
            {
                count = checked(count * extent);
            }

            return count;
        }
    }

    public ReadOnlySpan<int> Extents => _extents;

    public bool Equals(Shape other) => Extents.SequenceEqual(other.Extents);

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var extent in Extents)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    public override string ToString() => $"[{string.Join(", ", _extents ?? [])}]";
}
