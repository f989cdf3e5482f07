using System.CommandLine;
using LoadLab.Cli.Verbs;
using LoadLab.Core.Input;
using LoadLab.Sensors;
using LoadLab.Tensors;

namespace LoadLab.Cli;

/// <summary>Makes tensor backends by name. The one on libtorch is there only in a build with the TorchSharp package; the other half of this class comes with it.</summary>
internal static partial class Backends
{
    public const string OptionName = "--backend";

    private const long DefaultCapacity = 1L << 30;

    private static readonly Dictionary<string, ElementType> s_types = new()
    {
        ["float32"] = ElementType.Float32, ["bfloat16"] = ElementType.BFloat16, ["float16"] = ElementType.Float16,
    };

    /// <summary>What adds the backend to a build; doctor shows it too.</summary>
    public static string BuildCommand(bool cuda)
    {
        var libtorch = cuda ? "cuda" : "cpu";
        return $"build it in: dotnet build Harness/LoadLab.Cli -p:LoadLabPackages=TorchSharp -p:LoadLabTorch={libtorch}; to keep it, write LoadLab.local.props beside LoadLab.sln: "
            + $"<Project><PropertyGroup><LoadLabPackages>TorchSharp</LoadLabPackages><LoadLabTorch>{libtorch}</LoadLabTorch></PropertyGroup></Project>";
    }

    /// <summary>Whether the driver shows an NVIDIA GPU.</summary>
    public static bool HasGpu => DeviceDescription.Read().Gpus.Count > 0;

    /// <summary>Whether this build has the backend on libtorch.</summary>
    public static bool HasTorch
    {
        get
        {
            var built = false;
            TellBuilt(ref built);
            return built;
        }
    }

    public static Option<string?> Option() => Verb.Text(OptionName, "what computes: cpu (default), torch, torch:cpu or torch:cuda:0");

    public static Option<string?> TypeOption() => Verb.Text("--dtype", "type of the weights and what is multiplied with them: float32 (default), bfloat16 or float16");

    public static ElementType ParseType(string? text) => text is null
        ? ElementType.Float32
        : s_types.TryGetValue(text, out var type) ? type : throw Verb.Bad("--dtype", text, "is not known", $"write {string.Join(", ", s_types.Keys)}");

    public static string NameOf(ElementType type) => s_types.First(pair => pair.Value == type).Key;

    /// <summary>Says at once what this build cannot do; looks for no device.</summary>
    /// <exception cref="InputException">The build has no such backend, or it does not hold weights of that type.</exception>
    public static void RequireBuilt(BackendChoice choice, ElementType type = ElementType.Float32)
    {
        if (choice.IsTorch && !HasTorch)
        {
            throw Verb.Bad(OptionName, choice.ToString(), "is not in this build, which has no TorchSharp", BuildCommand(choice.CudaIndex is not null || HasGpu));
        }

        if (!choice.IsTorch && type != ElementType.Float32)
        {
            throw Verb.Bad("--dtype", NameOf(type), "is not held by the cpu backend", "write float32, or --backend torch");
        }
    }

    /// <summary>Says at once whether libtorch and the device are there and compute in the type; loads libtorch into this process.</summary>
    /// <exception cref="InputException">They are not.</exception>
    public static void RequireUsable(BackendChoice choice, ElementType type = ElementType.Float32)
    {
        RequireBuilt(choice, type);
        if (choice.IsTorch)
        {
            using var backend = Create(choice, DefaultCapacity, 1);
            if (!backend.Supports(type))
            {
                throw Verb.Bad("--dtype", NameOf(type), $"is not computed by {backend.Name}", "write another type");
            }
        }
    }

    /// <summary>Bytes a replica may use: what was asked for, else all of the CUDA device's memory, else 1 GiB.</summary>
    public static long CapacityBytes(BackendChoice choice, long? askedBytes) => askedBytes
        ?? (choice.CudaIndex is { } index && DeviceDescription.Read().Gpus.FirstOrDefault(gpu => gpu.Index == index) is { MemoryBytes: > 0 } gpu ? gpu.MemoryBytes : DefaultCapacity);

    /// <summary>A backend; the caller disposes it.</summary>
    /// <param name="choice">Which one.</param>
    /// <param name="capacityBytes">Most bytes live at once.</param>
    /// <param name="threads">Threads of the processor's kernels.</param>
    /// <exception cref="InputException">This build, this machine or its driver cannot: one message says what is missing.</exception>
    public static ITensorBackend Create(BackendChoice choice, long capacityBytes, int threads)
    {
        RequireBuilt(choice);
        ITensorBackend? torch = null;
        if (choice.IsTorch)
        {
            CreateTorch(choice, capacityBytes, threads, ref torch);
        }

        return torch ?? new CpuBackend(capacityBytes, threads);
    }

    static partial void TellBuilt(ref bool built);

    static partial void CreateTorch(BackendChoice choice, long capacityBytes, int threads, ref ITensorBackend? backend);
}
