// With its namespace: a package of an optional build has a namespace CommandLine of its own.
return await LoadLab.Cli.CommandLine.RunAsync(args).ConfigureAwait(false);
