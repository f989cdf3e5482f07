using LoadLab.Model.Probe;

namespace LoadLab.Model.Tests.Probe;

/// <summary>Made-up series: what must pass and what must not.</summary>
public sealed class ProbeGatesTests
{
    private const int Pairs = 4000;
    private const double PairSeconds = 0.025;

    [Fact]
    public void Machine_that_varies_for_both_passes()
    {
        // 3 % up and down over a minute, common to both, and 1 % of each its own.
        var (steps, kernels) = Series(seconds => 1 + (0.03 * Math.Sqrt(2) * Math.Sin(seconds * Math.Tau / 60)), drift: 0);
        Assert.InRange(Spread.Of(kernels).Cv, 0.029, 0.034);
        Assert.True(ProbeGates.StepVariation(Spread.Of(steps), Spread.Of(kernels), onGpu: false).Passed);
        Assert.True(ProbeGates.RatioDrift(DriftOf(steps, kernels)).Passed);
        Assert.True(ProbeGates.KernelLength(Spread.Of(steps), Spread.Of(kernels)).Passed);
    }

    [Fact]
    public void Step_that_slows_by_two_per_cent_fails_though_its_variation_passes()
    {
        var (steps, kernels) = Series(_ => 1, drift: 0.02);
        Assert.True(ProbeGates.StepVariation(Spread.Of(steps), Spread.Of(kernels), onGpu: false).Passed);
        var gate = ProbeGates.RatioDrift(DriftOf(steps, kernels));
        Assert.False(gate.Passed);
        Assert.InRange(gate.Value, 0.017, 0.023);
    }

    [Fact]
    public void Machine_that_slows_by_two_per_cent_for_both_passes()
    {
        var (steps, kernels) = Series(seconds => 1 + (0.02 * seconds / (Pairs * PairSeconds)), drift: 0);
        Assert.InRange(Drift.Of(Timed(steps)).Relative, 0.017, 0.023);
        Assert.True(ProbeGates.RatioDrift(DriftOf(steps, kernels)).Passed);
    }

    [Fact]
    public void Steps_that_vary_alone_fail()
    {
        var (steps, kernels) = Series(_ => 1, drift: 0);
        var unsteady = steps.Select((step, i) => step * (i % 2 == 0 ? 1.03 : 0.97));
        Assert.False(ProbeGates.StepVariation(Spread.Of(unsteady), Spread.Of(kernels), onGpu: false).Passed);
    }

    [Theory]
    [InlineData(0.05, 0.04, false, 0.055, true)]
    [InlineData(0.0551, 0.04, false, 0.055, false)]
    [InlineData(0.02, 0.04, true, 0.02, true)]
    [InlineData(0.021, 0.04, true, 0.02, false)]
    [InlineData(double.NaN, 0.04, false, 0.055, false)]
    public void Bound_of_the_steps_is_the_kernels_on_a_processor_and_two_per_cent_on_a_gpu(double step, double kernel, bool onGpu, double bound, bool passed)
    {
        var gate = ProbeGates.StepVariation(Of(step), Of(kernel), onGpu);
        Assert.Equal(bound, gate.Bound, 12);
        Assert.Equal(passed, gate.Passed);
    }

    [Theory]
    [InlineData(0.79, false)]
    [InlineData(0.81, true)]
    [InlineData(1.19, true)]
    [InlineData(1.21, false)]
    public void Kernel_is_as_long_as_a_step_within_a_fifth(double kernel, bool passed) =>
        Assert.Equal(passed, ProbeGates.KernelLength(Spread.Of([1, 1]), Spread.Of([kernel, kernel])).Passed);

    [Fact]
    public void Peaks_of_equal_shapes_must_be_one_number_and_of_longer_text_need_not()
    {
        PeakMemory[] peaks = [.. ProbePrompts.EqualLength.Select(prompt => new PeakMemory(prompt.Name, [64, 64])), new PeakMemory(ProbePrompts.All[^1].Name, [128])];
        Assert.True(ProbeGates.Peaks(peaks).Passed);
        peaks[1] = peaks[1] with { PeakBytes = [64, 128] };
        Assert.Equal(64, ProbeGates.Peaks(peaks).Value);
        Assert.False(ProbeGates.Peaks(peaks).Passed);
        Assert.False(ProbeGates.Peaks([]).Passed);
    }

    [Fact]
    public void Prompt_is_judged_by_the_far_end_of_its_interval()
    {
        Assert.True(ProbeGates.Prompt(new PromptEffect("x", true, new MedianInterval(9, 0.001, -0.004, 0.009))).Passed);
        Assert.False(ProbeGates.Prompt(new PromptEffect("x", true, new MedianInterval(9, 0.001, -0.011, 0.009))).Passed);
    }

    [Fact]
    public void Every_allocation_of_the_steady_state_has_its_gate()
    {
        var none = new Drift(0, 0, 0, 0);
        var still = new SteadyMemory(0, 1000, 0, 0, 5, 0, 0, 1 << 20, none);
        Assert.All(ProbeGates.Memory(still), gate => Assert.True(gate.Passed));
        Assert.Single(ProbeGates.Memory(still with { SystemBlocks = 1 }), gate => !gate.Passed);
        Assert.Single(ProbeGates.Memory(still with { ManagedBytesPerStepSpread = (8 * 1024) + 1 }), gate => !gate.Passed);
        Assert.DoesNotContain(ProbeGates.Memory(still with { ManagedBytesPerStepSpread = 8 * 1024 }), gate => !gate.Passed);
        Assert.Single(ProbeGates.Memory(still with { ManagedGrowthBytes = 1 << 20 }), gate => !gate.Passed);
        Assert.Single(ProbeGates.Memory(still with { Resident = none with { Relative = 0.02 } }), gate => !gate.Passed);
        Assert.Equal(3, ProbeGates.Memory(still with { SystemBlocks = null }).Count());
    }

    private static (double[] Steps, double[] Kernels) Series(Func<double, double> machine, double drift)
    {
        var random = new Random(7);
        var steps = new double[Pairs];
        var kernels = new double[Pairs];
        for (var i = 0; i < Pairs; i++)
        {
            var common = machine(i * PairSeconds);
            steps[i] = common * (1 + (drift * i / Pairs)) * (1 + (0.01 * Normal(random)));
            kernels[i] = common * (1 + (0.01 * Normal(random)));
        }

        return (steps, kernels);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());

    private static Drift DriftOf(double[] steps, double[] kernels) => Drift.Of(Timed([.. steps.Zip(kernels, (step, kernel) => step / kernel)]));

    private static IReadOnlyList<(double Seconds, double Value)> Timed(double[] values) => [.. values.Select((value, i) => (i * PairSeconds, value))];

    private static Spread Of(double cv) => new(10, 1, 1, cv, cv, 1, 1, 1, 1);
}
