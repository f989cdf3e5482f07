namespace LoadLab.Planning;

/// <summary>One hidden figure.</summary>
/// <param name="Figure">In words, with what it was predicted from where that is not plain.</param>
/// <param name="Error">Predicted over published less 1.</param>
/// <param name="NaiveError">Of the naive predictor.</param>
public sealed record HeldOutFigure(string Figure, double Error, double NaiveError);
