using System.Globalization;
using System.Net.Http.Json;

namespace LoadLab.LoadProbe;

/// <summary>Rows of the table of arrivals.</summary>
internal static class ArrivalsReport
{
    public static async Task<int> ResetAsync(Arguments arguments)
    {
        await GetAsync(new Uri(arguments.Url, "/reset"));
        return 0;
    }

    public static async Task<int> PrintAsync(Arguments arguments)
    {
        Console.WriteLine(await RowAsync(arguments.Url, arguments.Integer("rate", 1000), arguments.Text("name") ?? "?"));
        return 0;
    }

    public static async Task<string> RowAsync(Uri service, int rate, string name)
    {
        using var client = new HttpClient();
        var arrivals = await client.GetFromJsonAsync(new Uri(service, string.Create(CultureInfo.InvariantCulture, $"/arrivals?rate={rate}")), ProbeJson.Default.ArrivalStatistics)
            ?? throw new InvalidDataException("no statistics");
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {arrivals.Count} | {arrivals.GapCv:0.00} | {arrivals.ErrorP50Ms:0.000} | {arrivals.ErrorP99Ms:0.000} |");
    }

    public static async Task GetAsync(Uri url)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(url);
        response.EnsureSuccessStatusCode();
    }
}
