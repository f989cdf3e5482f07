using System.Globalization;

namespace LoadLab.Core;

/// <summary>Seconds of one GPU provisioned or used.</summary>
public readonly record struct GpuTime(double Seconds)
{
    public double Hours => Seconds / 3600;

    public static GpuTime operator +(GpuTime a, GpuTime b) => new(a.Seconds + b.Seconds);

    public static GpuTime operator -(GpuTime a, GpuTime b) => new(a.Seconds - b.Seconds);

    public static Usd operator *(GpuTime time, UsdPerGpuHour price) => new((decimal)time.Hours * price.Value);
}

/// <summary>A price of one GPU for one hour, in US dollars.</summary>
public readonly record struct UsdPerGpuHour(decimal Value);

/// <summary>An amount in US dollars. Decimal, so that parts add up to their whole exactly.</summary>
public readonly record struct Usd(decimal Amount) : IComparable<Usd>
{
    public int CompareTo(Usd other) => Amount.CompareTo(other.Amount);

    public static Usd operator +(Usd a, Usd b) => new(a.Amount + b.Amount);

    public static Usd operator -(Usd a, Usd b) => new(a.Amount - b.Amount);

    public static bool operator <(Usd a, Usd b) => a.Amount < b.Amount;

    public static bool operator >(Usd a, Usd b) => a.Amount > b.Amount;

    public static bool operator <=(Usd a, Usd b) => a.Amount <= b.Amount;

    public static bool operator >=(Usd a, Usd b) => a.Amount >= b.Amount;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"${Amount:0.######}");
}
