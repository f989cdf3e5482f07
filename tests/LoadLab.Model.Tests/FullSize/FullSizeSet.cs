namespace LoadLab.Model.Tests.FullSize;

/// <summary>How a checkpoint's folder is laid out.</summary>
public enum Layout
{
    /// <summary>The model's own repository, its two .pth files converted beside it.</summary>
    Original,

    /// <summary>A folder per network, names of Diffusers.</summary>
    Diffusers,

    /// <summary>One file per network, original names under a prefix for the transformer, names of transformers for the text encoder.</summary>
    Repackaged,
}

/// <summary>A whole checkpoint without data, as published: shards with an index, a VAE with its encoder, configurations. Tensors can be changed on the way.</summary>
internal sealed class FullSizeSet(string folder, Func<string, (string Name, int[] Shape), (string Name, int[] Shape)?>? change = null)
{
    private const string Config5B = """{"_class_name":"WanModel","model_type":"ti2v","dim":3072,"eps":1e-06,"ffn_dim":14336,"freq_dim":256,"in_dim":48,"num_heads":24,"num_layers":30,"out_dim":48,"text_len":512}""";
    private const string ConfigA14B = """{"_class_name":"WanModel","model_type":"t2v","dim":5120,"eps":1e-06,"ffn_dim":13824,"freq_dim":256,"in_dim":16,"num_heads":40,"num_layers":40,"out_dim":16,"text_len":512}""";
    private const string Diffusers5B = """{"_class_name":"WanTransformer3DModel","attention_head_dim":128,"cross_attn_norm":true,"eps":1e-06,"ffn_dim":14336,"freq_dim":256,"image_dim":null,"in_channels":48,"num_attention_heads":24,"num_layers":30,"out_channels":48,"patch_size":[1,2,2],"qk_norm":"rms_norm_across_heads","text_dim":4096}""";
    private const string DiffusersA14B = """{"_class_name":"WanTransformer3DModel","attention_head_dim":128,"cross_attn_norm":true,"eps":1e-06,"ffn_dim":13824,"freq_dim":256,"image_dim":null,"in_channels":16,"num_attention_heads":40,"num_layers":40,"out_channels":16,"patch_size":[1,2,2],"qk_norm":"rms_norm_across_heads","text_dim":4096}""";
    private const string DiffusersText = """{"architectures":["UMT5EncoderModel"],"d_ff":10240,"d_kv":64,"d_model":4096,"num_heads":64,"num_layers":24,"relative_attention_max_distance":128,"relative_attention_num_buckets":32,"vocab_size":256384}""";
    private const string DiffusersVae22 = """{"_class_name":"AutoencoderKLWan","base_dim":160,"decoder_base_dim":256,"dim_mult":[1,2,4,4],"is_residual":true,"num_res_blocks":2,"z_dim":48}""";

    public void Write5B(Layout layout)
    {
        switch (layout)
        {
            case Layout.Original:
                Shards("diffusion_pytorch_model", 3, "F32", SpecTables.Transformer5B, diffusers: false);
                Text("config.json", Config5B);
                One("models_t5_umt5-xxl-enc-bf16.safetensors", "BF16", SpecTables.TextEncoder, diffusers: false);
                One("Wan2.2_VAE.safetensors", "F32", [.. SpecTables.Vae22Encoder, .. SpecTables.Vae22Decoder], diffusers: false);
                Text("Wan2.2_VAE.pth", "a pickle");
                break;
            case Layout.Diffusers:
                Shards("transformer/diffusion_pytorch_model", 3, "F32", SpecTables.Transformer5B, diffusers: true);
                Text("transformer/config.json", Diffusers5B);
                Shards("text_encoder/model", 3, "BF16", [.. SpecTables.TextEncoder, new("", "encoder.embed_tokens.weight", [256384, 4096])], diffusers: true);
                Text("text_encoder/config.json", DiffusersText);
                One("vae/diffusion_pytorch_model.safetensors", "F32", [.. SpecTables.Vae22Encoder, .. SpecTables.Vae22Decoder], diffusers: true);
                Text("vae/config.json", DiffusersVae22);
                break;
            default:
                One("diffusion_models/wan2.2_ti2v_5B_fp16.safetensors", "F16", SpecTables.Transformer5B, diffusers: false, "model.diffusion_model.");
                One("text_encoders/umt5_xxl_fp16.safetensors", "F16", SpecTables.TextEncoder, diffusers: true);
                One("vae/wan2.2_vae.safetensors", "F16", [.. SpecTables.Vae22Encoder, .. SpecTables.Vae22Decoder], diffusers: false);
                break;
        }
    }

    public void WriteA14B(Layout layout)
    {
        SpecTensor[] vae = [.. SpecTables.Vae21Encoder, .. SpecTables.Vae21Decoder];
        switch (layout)
        {
            case Layout.Original:
                foreach (var expert in new[] { "high_noise_model", "low_noise_model" })
                {
                    Shards($"{expert}/diffusion_pytorch_model", 6, "F32", SpecTables.TransformerA14B, diffusers: false);
                    Text($"{expert}/config.json", ConfigA14B);
                }

                One("models_t5_umt5-xxl-enc-bf16.safetensors", "BF16", SpecTables.TextEncoder, diffusers: false);
                One("Wan2.1_VAE.safetensors", "F32", vae, diffusers: false);
                break;
            case Layout.Diffusers:
                foreach (var expert in new[] { "transformer", "transformer_2" })
                {
                    Shards($"{expert}/diffusion_pytorch_model", 12, "F32", SpecTables.TransformerA14B, diffusers: true);
                    Text($"{expert}/config.json", DiffusersA14B);
                }

                // A writer that keeps the table under its other name only.
                Shards("text_encoder/model", 5, "BF16", [new("", "encoder.embed_tokens.weight", [256384, 4096]), .. SpecTables.TextEncoder[1..]], diffusers: true);
                One("vae/diffusion_pytorch_model.safetensors", "F32", vae, diffusers: true);
                break;
            default:
                One("diffusion_models/wan2.2_t2v_high_noise_14B_fp16.safetensors", "F16", SpecTables.TransformerA14B, diffusers: false, "diffusion_model.");
                One("diffusion_models/wan2.2_t2v_low_noise_14B_fp16.safetensors", "F16", SpecTables.TransformerA14B, diffusers: false, "diffusion_model.");
                One("text_encoders/umt5_xxl_fp16.safetensors", "F16", SpecTables.TextEncoder, diffusers: true);
                One("vae/wan_2.1_vae.safetensors", "F16", vae, diffusers: false);
                break;
        }
    }

    public void Text(string file, string text) => File.WriteAllText(At(file), text);

    public void One(string file, string type, IEnumerable<SpecTensor> tensors, bool diffusers, string prefix = "") =>
        SparseFiles.Write(At(file), type, Changed(file, tensors, diffusers, prefix));

    private void Shards(string stem, int count, string type, IEnumerable<SpecTensor> tensors, bool diffusers) =>
        SparseFiles.WriteShards(At(stem), count, type, Changed(stem, tensors, diffusers, ""));

    private (string Name, int[] Shape)[] Changed(string file, IEnumerable<SpecTensor> tensors, bool diffusers, string prefix) =>
    [
        .. tensors.Select(tensor => (Name: prefix + tensor.Name(diffusers), tensor.Shape))
            .Select(tensor => change is null ? tensor : change(file, tensor))
            .OfType<(string Name, int[] Shape)>(),
    ];

    private string At(string file)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
