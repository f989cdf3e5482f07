using System.Globalization;
using LoadLab.Cli.Verbs;
using LoadLab.Sensors;

namespace LoadLab.Cli;

/// <summary>What computes the model: this program's own engine on the processor, or libtorch there or on a CUDA device.</summary>
/// <param name="IsTorch">Whether libtorch computes.</param>
/// <param name="CudaIndex">The CUDA device, from 0; null for the processor.</param>
internal sealed record BackendChoice(bool IsTorch, int? CudaIndex)
{
    private const int MostDevices = 64;

    public static BackendChoice Cpu { get; } = new(false, null);

    /// <summary>As the option is written and as it is passed to a child: cpu, torch:cpu or torch:cuda:N.</summary>
    public override string ToString() => !IsTorch ? "cpu" : CudaIndex is { } index ? string.Create(CultureInfo.InvariantCulture, $"torch:cuda:{index}") : "torch:cpu";

    /// <summary>For the first line of a run.</summary>
    public string Words(int threads)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"cpu ({Math.Max(1, threads)} thread{(threads > 1 ? "s" : "")})");
        return !IsTorch ? where : CudaIndex is { } index ? string.Create(CultureInfo.InvariantCulture, $"torch cuda:{index}") : $"torch {where}";
    }

    /// <summary>The processor or GPU by its name, for run.json.</summary>
    public string Device => CudaIndex is { } index
        ? $"gpu: {DeviceDescription.Read().Gpus.FirstOrDefault(gpu => gpu.Index == index)?.Name ?? "not named by the driver"}"
        : $"cpu: {MachineDescription.Read().Processor}";

    /// <summary>Reads the option; absent means cpu. Plain "torch" is the first CUDA device where the driver shows one, else the processor.</summary>
    /// <exception cref="Core.Input.InputException">It is not known.</exception>
    public static BackendChoice Parse(string? text) => text switch
    {
        null or "cpu" => Cpu,
        "torch" => new BackendChoice(true, Backends.HasGpu ? 0 : null),
        "torch:cpu" => new BackendChoice(true, null),
        "torch:cuda" => new BackendChoice(true, 0),
        _ when text.StartsWith("torch:cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(11), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < MostDevices => new BackendChoice(true, index),
        _ => throw Verb.Bad(Backends.OptionName, text, "is not known", "write cpu, torch, torch:cpu or torch:cuda:0"),
    };
}
