namespace LoadLab.Model.Diffusion;

/// <summary>A latent's extents in frames, rows and columns, without its channels.</summary>
internal readonly record struct LatentGrid(int Frames, int Height, int Width)
{
    public int Positions => checked(Frames * Height * Width);

    /// <summary>Extents in patches. Throws when the latent does not divide into whole patches.</summary>
    public LatentGrid Patches(DitConfig config)
    {
        return Frames % config.PatchFrames == 0 && Height % config.PatchHeight == 0 && Width % config.PatchWidth == 0
            ? new LatentGrid(Frames / config.PatchFrames, Height / config.PatchHeight, Width / config.PatchWidth)
            : throw new ArgumentException($"latent {this} does not divide into patches {config.PatchFrames}x{config.PatchHeight}x{config.PatchWidth}");
    }

    public override string ToString() => $"{Frames}x{Height}x{Width}";
}
