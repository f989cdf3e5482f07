using LoadLab.Cli.Verbs;
using LoadLab.Model.TorchSharp;
using LoadLab.Tensors;

namespace LoadLab.Cli;

internal static partial class Backends
{
    static partial void TellBuilt(ref bool built) => built = true;

    static partial void CreateTorch(BackendChoice choice, long capacityBytes, int threads, ref ITensorBackend? backend)
    {
        try
        {
            backend = new TorchBackend(new TorchDevice(choice.CudaIndex), capacityBytes, threads);
        }
        catch (TorchUnavailableException e)
        {
            throw Verb.Bad(OptionName, choice.ToString(), "cannot be used", e.Message);
        }
    }
}
