using System.Net;
using System.Text.Json;
using LoadLab.Core.Input;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Model.Server.Http;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Replicas.Processes;

namespace LoadLab.Model.Server;

/// <summary>A text-to-video server in this process: the contract is section 6 of the design.</summary>
public static class ModelServer
{
    private const int MaxTold = 12;
    private const int MostReplicas = 10_000;
    private static readonly TimeSpan s_meetLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Serves until <paramref name="cancellationToken"/> is cancelled or the parent's pipe ends, then stops within ten seconds. Writes one JSON line
    /// {"port","pid","url","model","threads","epoch_ns","weights"} to the options' output when it listens.
    /// </summary>
    /// <exception cref="InputException">The options cannot be served: every problem at once.</exception>
    /// <exception cref="IOException">The port is taken, or a file of the run folder exists already.</exception>
    public static Task RunAsync(ModelServerOptions options, CancellationToken cancellationToken)
    {
        var models = Check(options);
        return RunAsync(options, models, WorkersOf(options, models), cancellationToken);
    }

    /// <summary>
    /// Is one replica of a server that waits at <paramref name="address"/>, until that server's end closes. The options are the server's own; the server says which
    /// replica of which kind.
    /// </summary>
    /// <exception cref="InputException">The options cannot be served.</exception>
    /// <exception cref="TimeoutException">Nobody waits there.</exception>
    /// <exception cref="IOException">Who waits there says what no server says.</exception>
    public static void RunReplica(ModelServerOptions options, string address, CancellationToken cancellationToken)
    {
        var models = Check(options);
        using var pipe = PipeFolder.Connect(address, s_meetLimit);
        using var closing = cancellationToken.Register(pipe.Dispose);
        using var kinds = new ReplicaKinds(options, WorkersOf(options, models), isChild: true);
        try
        {
            ReplicaProcess.Run(pipe, kinds.Create);
        }
        catch (FrameException e)
        {
            throw new IOException(e.Message);
        }
    }

    internal static async Task RunAsync(ModelServerOptions options, IReadOnlyList<ServedModel> models, Func<IVideoWorker> createWorker, CancellationToken cancellationToken)
    {
        await using var host = new ServerHost(options, models, createWorker);
        await host.StartAsync(cancellationToken);
        await options.Output.WriteLineAsync(Listening(options, host));
        await options.Output.FlushAsync(CancellationToken.None);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Watch(options.Lifeline, stop);
        await Task.WhenAny(Task.Delay(Timeout.InfiniteTimeSpan, stop.Token), host.Core);
        if (host.Core.IsFaulted)
        {
            await host.Core;
        }
    }

    /// <summary>Every problem of the options; also the models served, the default first.</summary>
    internal static IReadOnlyList<ServedModel> Check(ModelServerOptions options)
    {
        var problems = new Problems();
        void Refuse(string field, string? value, string message, string fix) => problems.Add(new Problem("serve", 0, field, value, message, fix));

        var models = new List<ServedModel>();
        foreach (var name in options.Models.Prepend(options.Model).Distinct())
        {
            if (Find(name, Refuse) is { } found)
            {
                models.Add(new ServedModel(found, options.Emulation?.Profile));
            }
        }

        if (options.Real is { } beside && Find(beside.Model, Refuse) is { } spec)
        {
            models.Add(new ServedModel(spec));
        }

        foreach (var real in models.Where(model => !model.IsEmulated))
        {
            CheckReal(options, real.Spec, Refuse);
        }

        if (options.Serving.Recovery.FallbackModel.Name is { Length: > 0 } lighter && !models.Exists(model => model.Name == lighter))
        {
            Refuse("serving.recovery.fallbackModel", lighter, "is not served here", "add it to the models");
        }

        if (options.Threads is { } threads and (< 1 or > 4096))
        {
            Refuse("threads", $"{threads}", "is out of range", "write a whole number from 1 to 4096");
        }

        if (options.MemoryBytes < 1)
        {
            Refuse("memory", $"{options.MemoryBytes}", "is not positive", "write for example 1GiB");
        }

        if (options.Port is < 0 or > 65535)
        {
            Refuse("port", $"{options.Port}", "is not a port", "write a number from 0 (a free one) to 65535");
        }

        if (!IPAddress.IsLoopback(options.Bind) && options.Keys is null && options.Key is not { Length: >= ApiKeys.MinLength })
        {
            Refuse("bind", options.Bind.ToString(), "is open to other machines without a key", $"give the tenants' keys (--keys FILE) or one key of at least {ApiKeys.MinLength} characters (--key-env NAME), or bind to 127.0.0.1");
        }

        if (options.Replicas is < 1 or > MostReplicas)
        {
            Refuse("replicas", $"{options.Replicas}", "is out of range", $"write a whole number from 1 to {MostReplicas}");
        }

        if (options.Emulation is { Speed: not > 0 } emulation)
        {
            Refuse("speed", $"{emulation.Speed}", "is not above 0", "write for example 500");
        }

        if (options.RunFolder is { } folder && !Directory.Exists(folder))
        {
            Refuse("run-dir", folder, "is not a folder", "create it first");
        }

        problems.ThrowIfAny();
        return models;
    }

    private static WanModelSpec? Find(string name, Action<string, string?, string, string> refuse)
    {
        var model = ModelCatalog.Find(name);
        if (model is null)
        {
            refuse("model", name, "is not known", $"write {string.Join(" or ", ModelCatalog.All.Select(known => known.Name))}");
        }

        return model;
    }

    /// <summary>A real model needs its weights and room for them.</summary>
    private static void CheckReal(ModelServerOptions options, WanModelSpec model, Action<string, string?, string, string> refuse)
    {
        if (WeightsCheck.Problems(model, options.SourceFor(model)) is { Count: > 0 } missing)
        {
            refuse("weights", options.WeightsFolder, $"cannot give {model.Name} its weights", $"put there what is missing, or write drawn for random weights made on the device{Told(missing)}");
        }

        if (options.MemoryBytes > 0 && options.Residency == ResidencyChoice.Auto && WanVideoWorker.Fit(options, model) is { Chosen: null } table)
        {
            refuse("memory", $"{options.MemoryBytes}", "holds the model under no plan", $"give at least {table.Smallest.NeededBytes} bytes, or see doctor --model {model.Name}");
        }
    }

    /// <summary>Workers of the real replicas, which share the threads.</summary>
    private static Func<IVideoWorker> WorkersOf(ModelServerOptions options, IReadOnlyList<ServedModel> models)
    {
        var model = models.FirstOrDefault(model => !model.IsEmulated)?.Spec ?? models[0].Spec;
        var replicas = ServerHost.RealReplicasOf(options, options.Replicas);
        var share = options with { Threads = Math.Max(1, ServerHost.ThreadsOf(options) / replicas) };
        return () => WanVideoWorker.Create(share, model);
    }

    // A folder of another model differs in every tensor: the first lines say it as well as all of them.
    private static string Told(IReadOnlyList<string> problems) =>
        string.Concat([.. problems.Take(MaxTold).Select(problem => $"{Environment.NewLine}  {problem}"), problems.Count > MaxTold ? $"{Environment.NewLine}  and {problems.Count - MaxTold} more" : ""]);

    private static string Listening(ModelServerOptions options, ServerHost host) => JsonSerializer.Serialize(
        new ListeningLine(
            host.Port,
            Environment.ProcessId,
            new UriBuilder(Uri.UriSchemeHttp, options.Bind.ToString(), host.Port).Uri.ToString(),
            host.Facts.Model,
            host.Facts.Threads,
            host.EpochNanoseconds,
            host.Facts.Weights),
        ListeningJson.Default.ListeningLine);

    /// <summary>A blocking read on a thread of its own: a pipe's end cannot be awaited on every system.</summary>
    private static void Watch(Stream? lifeline, CancellationTokenSource stop)
    {
        if (lifeline is null)
        {
            return;
        }

        var thread = new Thread(() =>
        {
            ReadToEnd(lifeline);
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The server has stopped for another reason.
            }
        })
        { IsBackground = true, Name = "lifeline" };
        thread.Start();
    }

    private static void ReadToEnd(Stream lifeline)
    {
        try
        {
            Span<byte> ignored = stackalloc byte[256];
            while (lifeline.Read(ignored) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe is an end as well.
        }
    }
}
