using System.Globalization;
using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>h2load's timing script: milliseconds from the start with three decimals (a microsecond), a tab, a URI. Every client of h2load plays the whole script, so one is given: -c 1.</summary>
internal static class H2LoadScript
{
    public static void Check(string address)
    {
        var isAddress = address.StartsWith('/') || (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https");
        if (!isAddress || address.Any(c => c <= ' ' || char.IsControl(c)))
        {
            throw new InputException(new Problem("command line", 0, "--url", address, "is not an address or a path", "write for example http://127.0.0.1:8080/v1/videos or /v1/videos"));
        }
    }

    public static void Write(Stream file, Schedule schedule, string address)
    {
        using var text = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (var call in schedule.Calls)
        {
            text.Write(string.Create(CultureInfo.InvariantCulture, $"{call.Intended.Nanoseconds / 1_000_000m:0.000}\t{address}\n"));
        }
    }
}
