using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Safety;

/// <summary>What a check may look at.</summary>
/// <param name="Job">Whose it is.</param>
/// <param name="Phase">Before: the prompt. After: the clip too.</param>
/// <param name="Model">The model that serves it.</param>
/// <param name="Prompt">As the client wrote it. What the client does not want to see (the negative prompt) is not content.</param>
/// <param name="PromptHash">As the journal has it.</param>
/// <param name="ClipFile">The clip, a .y4m file; null before generation and when no clip is kept.</param>
internal sealed record Content(JobId Job, SafetyPhase Phase, ModelId Model, string Prompt, string PromptHash, string? ClipFile);
