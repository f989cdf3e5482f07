namespace LoadLab.Model.Tokenizer;

/// <summary>A text that has an id of its own and is never cut, such as &lt;extra_id_0&gt;.</summary>
/// <param name="Content">The text, as the file has it.</param>
/// <param name="Id">Its id.</param>
/// <param name="SingleWord">Matched only where no letter, digit or underscore touches it.</param>
/// <param name="TakesLeft">Takes the whitespace before it ("lstrip").</param>
/// <param name="TakesRight">Takes the whitespace after it ("rstrip").</param>
/// <param name="Normalized">Looked for in the normalised text, itself normalised; otherwise in the text before.</param>
internal sealed record AddedToken(string Content, int Id, bool SingleWord, bool TakesLeft, bool TakesRight, bool Normalized);
