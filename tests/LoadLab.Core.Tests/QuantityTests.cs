using LoadLab.Core.Input;

namespace LoadLab.Core.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("200ms", 200_000_000)]
    [InlineData("1.5h", 5_400_000_000_000)]
    [InlineData("10m", 600_000_000_000)]
    [InlineData("10 min", 600_000_000_000)]
    [InlineData("7us", 7_000)]
    [InlineData("3ns", 3)]
    [InlineData("2d", 172_800_000_000_000)]
    public void Time_is_read_with_its_unit(string text, long nanoseconds) => Assert.Equal(nanoseconds, Quantity.Time(text)?.Nanoseconds);

    [Theory]
    [InlineData("")]
    [InlineData("60")]
    [InlineData("-1s")]
    [InlineData("s")]
    [InlineData("1 parsec")]
    [InlineData("NaNs")]
    [InlineData("1e300d")]
    public void Text_that_is_no_time_is_refused(string text) => Assert.Null(Quantity.Time(text));

    [Theory]
    [InlineData("0.8/s", 0.8)]
    [InlineData("30/min", 0.5)]
    [InlineData("3600 / h", 1)]
    [InlineData("1000/day", 1000 / 86400.0)]
    public void Rate_is_read_per_second(string text, double rate) => Assert.Equal(rate, Quantity.RatePerSecond(text)!.Value, 12);

    [Theory]
    [InlineData("1")]
    [InlineData("/s")]
    [InlineData("-1/s")]
    [InlineData("1/fortnight")]
    [InlineData("Infinity/s")]
    public void Text_that_is_no_rate_is_refused(string text) => Assert.Null(Quantity.RatePerSecond(text));

    [Theory]
    [InlineData("1GiB", 1L << 30)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("1.5 kB", 1500)]
    [InlineData("7B", 7)]
    public void Bytes_are_read_with_their_unit(string text, long bytes) => Assert.Equal(bytes, Quantity.Bytes(text));

    [Theory]
    [InlineData("64")]
    [InlineData("-1B")]
    [InlineData("1e30TB")]
    public void Text_that_is_no_amount_of_bytes_is_refused(string text) => Assert.Null(Quantity.Bytes(text));

    [Fact]
    public void Size_is_width_by_height()
    {
        Assert.Equal((160, 96), Quantity.Size("160x96"));
        Assert.All(new[] { "160", "160x", "x96", "0x96", "160x-1", "160x96x3", "99999x1" }, text => Assert.Null(Quantity.Size(text)));
    }

    [Fact]
    public void Time_of_day_is_seconds_since_midnight()
    {
        Assert.Equal(72_000, Quantity.TimeOfDaySeconds("20:00"));
        Assert.Equal(1, Quantity.TimeOfDaySeconds("00:00:01"));
        Assert.All(new[] { "24:00", "8:00", "20", "" }, text => Assert.Null(Quantity.TimeOfDaySeconds(text)));
    }

    [Theory]
    [InlineData("40 USD", 40)]
    [InlineData("$40", 40)]
    [InlineData("0.5", 0.5)]
    public void Dollars_are_read(string text, double amount) => Assert.Equal((decimal)amount, Quantity.Dollars(text)?.Amount);

    [Theory]
    [InlineData("40 EUR")]
    [InlineData("-1")]
    [InlineData("")]
    public void Text_that_is_no_dollars_is_refused(string text) => Assert.Null(Quantity.Dollars(text));
}
