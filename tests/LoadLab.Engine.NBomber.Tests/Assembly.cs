// The engine redirects the console of the process, and plays that share two processors would disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
