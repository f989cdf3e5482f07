using LoadLab.Model.TorchSharp;

namespace LoadLab.Tensors.Tests;

internal static partial class ContractBackends
{
    static partial void AddOptional(Dictionary<string, Func<long, ITensorBackend>> all)
    {
        all.Add("torch cpu", capacity => new TorchBackend(TorchDevice.Cpu, capacity, 2));
        if (TorchBackend.IsAvailable(new TorchDevice(0)))
        {
            all.Add("torch cuda:0", capacity => new TorchBackend(new TorchDevice(0), capacity, 2));
        }
    }
}
