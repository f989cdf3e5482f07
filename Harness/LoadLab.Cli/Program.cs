using LoadLab.Cli;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
