namespace LoadLab.Tensors;

/// <summary>
/// A backend that can make random weights where they will be used, so that a full-size model runs without a checkpoint and without sending gigabytes to the device.
/// Values are normal; the same seed gives the same values on the same backend and device, not across backends.
/// </summary>
public interface IWeightDrawing
{
    /// <summary>A float32 tensor of normal values.</summary>
    Tensor DrawTensor(Shape shape, float mean, float deviation, ulong seed);

    /// <summary>As <see cref="ITensorBackend.PrepareLinear"/>; a bias deviation of null means no bias.</summary>
    LinearWeight DrawLinear(int outFeatures, int inFeatures, float weightDeviation, float? biasDeviation, ulong seed, ElementType type = ElementType.Float32);

    /// <summary>As <see cref="ITensorBackend.PrepareConvolution"/>, with a bias.</summary>
    ConvolutionWeight DrawConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, float weightDeviation, float biasDeviation, ulong seed, ElementType type = ElementType.Float32);
}
