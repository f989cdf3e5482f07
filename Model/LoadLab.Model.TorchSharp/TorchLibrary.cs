using System.Runtime.InteropServices;
using TorchSharp;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

/// <summary>Finds libtorch before its first use: the package's own, or the one of a folder that the user names.</summary>
internal static class TorchLibrary
{
    /// <summary>Environment variable: a folder that holds libtorch, for example site-packages/torch/lib of a Python with the same libtorch version.</summary>
    public const string FolderVariable = "LOADLAB_LIBTORCH";

    // In the order in which they need each other; a processor-only libtorch has no CUDA parts.
    private static readonly string[] s_parts = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    private static readonly Lock s_gate = new();
    private static bool s_folderLoaded;

    /// <summary>Loads what is needed for the device.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="folder">Overrides <see cref="FolderVariable"/>.</param>
    /// <exception cref="TorchUnavailableException">It is not there, or the device is not.</exception>
    public static void Require(TorchDevice device, string? folder)
    {
        lock (s_gate)
        {
            folder ??= Environment.GetEnvironmentVariable(FolderVariable);
            if (!s_folderLoaded && !string.IsNullOrEmpty(folder))
            {
                LoadFolder(folder);
                s_folderLoaded = true;
            }

            if (!TryInitialize(DeviceType.CPU, out var reason))
            {
                throw new TorchUnavailableException(
                    $"libtorch could not be loaded: {reason}. Build with LoadLabTorch=cpu or cuda for a package that brings it, or set {FolderVariable} to the torch/lib folder of a Python with the same libtorch version");
            }

            if (device.CudaIndex is { } index)
            {
                RequireCuda(index);
            }
        }
    }

    private static void RequireCuda(int index)
    {
        if (!TryInitialize(DeviceType.CUDA, out var reason))
        {
            throw new TorchUnavailableException($"libtorch finds no CUDA: {reason}. It needs a build with LoadLabTorch=cuda (or {Variable(FolderVariable)} of a CUDA build), an NVIDIA GPU and its driver");
        }

        var count = Torch.cuda.device_count();
        if (index >= count)
        {
            throw new TorchUnavailableException($"cuda:{index} does not exist: libtorch sees {count} device{(count == 1 ? "" : "s")}, numbered from 0");
        }
    }

    private static string Variable(string name) => $"{name} = the torch/lib folder";

    private static void LoadFolder(string folder)
    {
        var loaded = 0;
        foreach (var file in s_parts.Select(part => Path.Combine(folder, FileName(part))).Where(File.Exists))
        {
            if (!NativeLibrary.TryLoad(file, out _))
            {
                throw new TorchUnavailableException($"{FolderVariable}: {file} could not be loaded; it or a library beside it is damaged, or made for another system");
            }

            loaded++;
        }

        if (loaded == 0)
        {
            throw new TorchUnavailableException($"{FolderVariable}: there is no {FileName("torch")} in {folder}; give the folder that holds it, for example …/site-packages/torch/lib");
        }
    }

    private static string FileName(string part) => OperatingSystem.IsWindows() ? $"{part}.dll" : OperatingSystem.IsMacOS() ? $"lib{part}.dylib" : $"lib{part}.so";

    /// <summary>The package writes its search to standard output when it fails, where only results belong: it is muted meanwhile.</summary>
    private static bool TryInitialize(DeviceType type, out string reason)
    {
        var output = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            reason = "the device does not answer";
            return Torch.TryInitializeDeviceType(type);
        }
        catch (Exception e) when (e is NotSupportedException or TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            reason = FirstSentence((e.InnerException ?? e).Message);
            return false;
        }
        finally
        {
            Console.SetOut(output);
        }
    }

    // What follows is a trace of the search, and advice for notebooks.
    private static string FirstSentence(string message) => message.Trim().Split('\n', 2)[0].Split(". ", 2)[0].TrimEnd('.', '\r');
}
