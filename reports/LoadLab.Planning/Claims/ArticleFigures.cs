namespace LoadLab.Planning;

/// <summary>The articles' figures, each by its claim, and what follows from them by arithmetic. Claims to be checked, not measurements.</summary>
public static class ArticleFigures
{
    /// <summary>A2: seconds a clip of 480p and nearly 5 s.</summary>
    public const double A2Seconds = 3;

    /// <summary>A3: gigabytes at the peak, from and to.</summary>
    public const double A3LeastGigabytes = 8;
    public const double A3MostGigabytes = 10;

    /// <summary>A5: longest service time.</summary>
    public const double A5MostSeconds = 5;

    /// <summary>A7: cold start, from and to.</summary>
    public const double A7LeastSeconds = 5;
    public const double A7MostSeconds = 8;

    /// <summary>A8: P99 after preloading.</summary>
    public const double A8Seconds = 3;

    /// <summary>A9: time of two together over the time of one.</summary>
    public const double A9Ratio = 1.10;

    /// <summary>A10 and A14: savings of unit cost and of the bill.</summary>
    public const double A10Saving = 0.30;
    public const double A14Saving = 0.30;

    /// <summary>A15: longest wait of a free call; A16: latency of a VIP call.</summary>
    public const double A15Seconds = 30;
    public const double A16Seconds = 5;

    /// <summary>The card that is meant in A4 and A11.</summary>
    public const double CardGigabytes = 24;

    /// <summary>B2: seconds a clip; B3: seconds of a batch of four; B4: minutes a clip in it; B5: clips a day.</summary>
    public const double B2Seconds = 480;
    public const double B3Seconds = 840;
    public const double B4Minutes = 5.7;
    public const double B5Clips = 180;
    public const int B3Batch = 4;

    /// <summary>B6: most gigabytes at a batch of 1, and the batch that the same table runs on a card of 40.</summary>
    public const double B6MostGigabytes = 22;
    public const int B6BatchOf40 = 4;

    /// <summary>B11: the window; B15: least seconds of a cold start; B19: clips a day.</summary>
    public const double B11Seconds = 0.2;
    public const double B15Seconds = 30;
    public const double B19Clips = 1000;

    /// <summary>Cost of a clip in a batch over the cost of one alone, when a batch takes <paramref name="ratio"/> times a single one's time.</summary>
    public static double UnitCost(double ratio, int batch) => ratio / batch;

    /// <summary>Clips that one GPU makes in a day when it never waits.</summary>
    public static double ClipsPerDay(double batchSeconds, int batch = 1) => 86400 / batchSeconds * batch;

    /// <summary>GPU-hours of so many clips.</summary>
    public static double GpuHours(double clips, double secondsPerClip) => clips * secondsPerClip / 3600;

    /// <summary>GPUs that are busy all day with so many clips a day.</summary>
    public static double LeastGpus(double clipsPerDay, double secondsPerClip) => GpuHours(clipsPerDay, secondsPerClip) / 24;
}
