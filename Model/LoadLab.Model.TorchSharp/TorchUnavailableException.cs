namespace LoadLab.Model.TorchSharp;

/// <summary>libtorch or the device asked for is not there. The message says what is missing and what to do.</summary>
public sealed class TorchUnavailableException(string message) : Exception(message);
