using System.Globalization;

namespace LoadLab.Model.TorchSharp;

/// <summary>Where libtorch computes: the processor, or one CUDA device.</summary>
/// <param name="CudaIndex">Null for the processor.</param>
public sealed record TorchDevice(int? CudaIndex)
{
    private const int MostDevices = 64;

    public static TorchDevice Cpu { get; } = new((int?)null);

    /// <summary>Reads "cpu", "cuda" (the first device) or "cuda:N"; null for anything else.</summary>
    public static TorchDevice? Parse(string text) => text switch
    {
        "cpu" => Cpu,
        "cuda" => new TorchDevice(0),
        _ when text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < MostDevices => new TorchDevice(index),
        _ => null,
    };

    public override string ToString() => CudaIndex is { } index ? string.Create(CultureInfo.InvariantCulture, $"cuda:{index}") : "cpu";
}
