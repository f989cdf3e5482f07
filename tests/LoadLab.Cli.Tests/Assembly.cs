using LoadLab.Cli.Tests;

// Tests start the real program, which plays load in real time: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(Workspace))]
