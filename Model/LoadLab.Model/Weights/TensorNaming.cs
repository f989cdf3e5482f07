using System.Text.RegularExpressions;

namespace LoadLab.Model.Weights;

/// <summary>
/// How a network's tensors are called in the Diffusers layout of a checkpoint, from their original names.
/// Source: huggingface/diffusers scripts/convert_wan_to_diffusers.py; transformers T5EncoderModel. Not verified here on published checkpoints.
/// </summary>
/// <param name="anchors">Original names that no other network has, in either layout: where one of them is found, there is the network.</param>
/// <param name="rules">From original names, applied in turn.</param>
internal sealed class TensorNaming(string[] anchors, params (string Pattern, string Replacement)[] rules)
{
    private readonly (Regex Pattern, string Replacement)[] _rules =
        [.. rules.Select(rule => (new Regex(rule.Pattern, RegexOptions.CultureInvariant), rule.Replacement))];

    public static TensorNaming Transformer { get; } = new(
        ["time_projection.1.weight", "blocks.0.self_attn.norm_q.weight"],
        (@"^time_embedding\.0\.", "condition_embedder.time_embedder.linear_1."),
        (@"^time_embedding\.2\.", "condition_embedder.time_embedder.linear_2."),
        (@"^time_projection\.1\.", "condition_embedder.time_proj."),
        (@"^text_embedding\.0\.", "condition_embedder.text_embedder.linear_1."),
        (@"^text_embedding\.2\.", "condition_embedder.text_embedder.linear_2."),
        (@"^head\.modulation$", "scale_shift_table"),
        (@"^head\.head\.", "proj_out."),
        (@"\.modulation$", ".scale_shift_table"),
        (@"\.self_attn\.", ".attn1."),
        (@"\.cross_attn\.", ".attn2."),
        (@"(\.attn[12])\.([qkv])\.", "$1.to_$2."),
        (@"(\.attn[12])\.o\.", "$1.to_out.0."),
        (@"\.ffn\.0\.", ".ffn.net.0.proj."),
        (@"\.ffn\.2\.", ".ffn.net.2."),
        (@"\.norm3\.", ".norm2."));

    public static TensorNaming TextEncoder { get; } = new(
        ["blocks.0.pos_embedding.embedding.weight", "blocks.0.ffn.gate.0.weight"],
        (@"^token_embedding\.", "shared."),
        (@"^norm\.weight$", "encoder.final_layer_norm.weight"),
        (@"^blocks\.(\d+)\.norm1\.", "encoder.block.$1.layer.0.layer_norm."),
        (@"^blocks\.(\d+)\.attn\.", "encoder.block.$1.layer.0.SelfAttention."),
        (@"^blocks\.(\d+)\.pos_embedding\.embedding\.", "encoder.block.$1.layer.0.SelfAttention.relative_attention_bias."),
        (@"^blocks\.(\d+)\.norm2\.", "encoder.block.$1.layer.1.layer_norm."),
        (@"^blocks\.(\d+)\.ffn\.gate\.0\.", "encoder.block.$1.layer.1.DenseReluDense.wi_0."),
        (@"^blocks\.(\d+)\.ffn\.fc1\.", "encoder.block.$1.layer.1.DenseReluDense.wi_1."),
        (@"^blocks\.(\d+)\.ffn\.fc2\.", "encoder.block.$1.layer.1.DenseReluDense.wo."))
    {
        Aliases = new() { ["shared.weight"] = "encoder.embed_tokens.weight" },
    };

    /// <summary>Of the VAE; 2.1 numbers its upsampling parts in one list, stages of residual blocks and, but for the last, a resampling part.</summary>
    public static TensorNaming Vae21(int residualBlocks) => new(VaeAnchors, [.. FlatParts(residualBlocks), .. VaeRules]);

    public static TensorNaming Vae22(int residualBlocks) => new(
        VaeAnchors,
        [
            ($@"^decoder\.upsamples\.(\d+)\.upsamples\.{residualBlocks + 1}\.", "decoder.up_blocks.$1.upsampler."),
            (@"^decoder\.upsamples\.(\d+)\.upsamples\.(\d+)\.", "decoder.up_blocks.$1.resnets.$2."),
            .. VaeRules,
        ]);

    private static string[] VaeAnchors => ["decoder.conv1.weight", "decoder.head.2.weight"];

    private static readonly (string Pattern, string Replacement)[] VaeRules =
    [
        (@"^conv2\.", "post_quant_conv."),
        (@"^decoder\.conv1\.", "decoder.conv_in."),
        (@"^decoder\.head\.0\.", "decoder.norm_out."),
        (@"^decoder\.head\.2\.", "decoder.conv_out."),
        (@"^decoder\.middle\.0\.", "decoder.mid_block.resnets.0."),
        (@"^decoder\.middle\.1\.", "decoder.mid_block.attentions.0."),
        (@"^decoder\.middle\.2\.", "decoder.mid_block.resnets.1."),
        (@"\.residual\.0\.", ".norm1."),
        (@"\.residual\.2\.", ".conv1."),
        (@"\.residual\.3\.", ".norm2."),
        (@"\.residual\.6\.", ".conv2."),
        (@"\.shortcut\.", ".conv_shortcut."),
    ];

    /// <summary>Names of this layout that some writers leave out, and what they write then.</summary>
    public Dictionary<string, string> Aliases { get; private init; } = [];

    /// <summary>Where a set of names holds this network: the prefix before its names and its layout, null for the original one. Repackaged files put a prefix before all names.</summary>
    public IReadOnlyList<(string Prefix, TensorNaming? Layout)> Places(IEnumerable<string> names)
    {
        (string Anchor, TensorNaming? Layout)[] all = [.. anchors.Select(name => (name, default(TensorNaming))), .. anchors.Select(name => (Rename(name), this))];
        return [.. names.SelectMany(name => all.Where(a => EndsWith(name, a.Anchor)).Select(a => (name[..^a.Anchor.Length], a.Layout))).Distinct()];
    }

    /// <summary>The name in this layout.</summary>
    public string Rename(string original) => _rules.Aggregate(original, (name, rule) => rule.Pattern.Replace(name, rule.Replacement));

    private static bool EndsWith(string name, string anchor) =>
        name.EndsWith(anchor, StringComparison.Ordinal) && (name.Length == anchor.Length || name[^(anchor.Length + 1)] is '.' or '/');

    // Enough stages for every published decoder, which has four.
    private static IEnumerable<(string Pattern, string Replacement)> FlatParts(int residualBlocks)
    {
        var parts = residualBlocks + 2;
        for (var part = 0; part < 8 * parts; part++)
        {
            var (stage, inside) = (part / parts, part % parts);
            var name = inside == parts - 1 ? "upsamplers.0" : $"resnets.{inside}";
            yield return ($@"^decoder\.upsamples\.{part}\.", $"decoder.up_blocks.{stage}.{name}.");
        }
    }
}
