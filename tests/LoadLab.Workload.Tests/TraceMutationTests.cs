using System.Globalization;
using System.Text;
using LoadLab.Core;

namespace LoadLab.Workload.Tests;

/// <summary>Damaged traces of every format give a result or an InputException, nothing else, within bounds.</summary>
public sealed class TraceMutationTests(ITestOutputHelper output)
{
    private const int Mutations = 10_000;

    /// <summary>Five million drawn arrivals of a mutated rate are the most that a trace may hold.</summary>
    private const long MostBytes = 1L << 30;

    private static readonly Dictionary<string, (string Text, string? Map)[]> s_families = new()
    {
        ["azure-llm, gentd26 and loadlab"] =
        [
            ("TIMESTAMP,ContextTokens,GeneratedTokens\n" + Rows(i => $"2023-11-16 18:{i / 60:00}:{i % 60:00}.6805900,{i * 7},{i}"), null),
            ("arrival_s,ContextTokens,GeneratedTokens\n" + Rows(i => $"{i}.1234567,{i * 7},{i}"), null),
            ("gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora\n" +
                Rows(i => $"2024-11-15 16:{i / 60:00}:{i % 60:00},TXT_2_IMG,SUCCEED,32.0,G{i:0000},63.0,,1.0,30.0,M0000,0"), null),
            ("arrival_s,width,height,frames,steps,tier,tenant,model,prompt\n" + Rows(i => $"{i}.5,160,96,9,8,vip,acme,nano,\"a cat, asleep\""), null),
        ],
        ["burstgpt, guidellm, vidur, splitwise and h2load"] =
        [
            ("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n" + Rows(i => $"{i},ChatGPT,{i * 7},{i},{i * 8},Conversation log"), null),
            ("timestamp,input_length,output_length\n" + Rows(i => $"{i}.25,{i * 7},{i}"), null),
            ("arrived_at,num_prefill_tokens,num_decode_tokens\n" + Rows(i => $"{i}.25,{i * 7},{i}"), null),
            ("request_id,request_type,application_id,arrival_timestamp,batch_size,prompt_size,token_size\n" + Rows(i => $"{i},0,0,{i}.5,1,{i * 7},{i}"), null),
            (Rows(i => $"{i}.125\thttp://127.0.0.1/v1/videos"), null),
        ],
        ["mooncake, aiperf and bailian"] =
        [
            (Rows(i => $$"""{"timestamp": {{i / 5 * 3000}}, "input_length": {{i * 7}}, "output_length": 5, "hash_ids": [0, {{i}}]}"""), null),
            (Rows(i => $$"""{"timestamp": {{i * 105}}.5, "text_input": "a cat \u00e9 {{i}}", "extra": {"size": "832x480", "num_frames": 81, "seed": {{i}} } }"""), null),
            (Rows(i => $$"""{"timestamp": {{i * 105}}, "session_id": "s{{i}}", "messages": [{"role": "user", "content": "a dog"}], "output_length": 50}"""), null),
            (Rows(i => $$"""{"chat_id": {{i}}, "parent_chat_id": -1, "timestamp": {{i}}.114, "input_length": 521, "output_length": 132, "type": "text", "turn": 1, "hash_ids": [1089]}"""), null),
        ],
        ["request lines"] =
        [
            (Rows(i => $"Request(request_id={i}, timestamp={i}.5, height=480, width=832, num_frames=81, num_inference_steps=40, prompt='a cat\\n{i}', slo_ms=30000.0, image_paths=['a', None])"), null),
        ],
        ["rates and counts"] =
        [
            ("t_s,client_id,rate_rps,cv,pattern,p1,p2\n" + Rows(i => $"{i / 2 * 600},{i % 2},0.0{i % 9 + 1},1.0,{(i % 2 == 0 ? "Gamma" : "Weibull")},0.{i % 8 + 1},3.5"), null),
            (Rows(i => i % 7 == 3 ? $"{i * 600},0,0,,," : $"{i * 600},0.0{i % 9 + 1},1.0,Gamma,0.5,3.5"), null),
            ("t_s,count\n" + Rows(i => $"{i * 60},{i % 5}"), "arrival=t_s,unit=s,count=count"),
        ],
        ["column maps"] =
        [
            ("When,Who,Pixels,Text\n" + Rows(i => $"17000000{i:00}000,\"acme, inc\",832x480,a cat"), "arrival=When,unit=ms,tenant=Who,size=Pixels,prompt=Text"),
            (Rows(i => $$"""{"t": {{i}}.5, "job": {"w": 160, "h": 96 } }"""), "arrival=t,unit=s,width=job.w,height=job.h"),
        ],
    };

    public static TheoryData<string> Families => [.. s_families.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Mutated_traces_are_read_or_refused(string family)
    {
        var samples = s_families[family];
        var past = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var (text, map) = samples[i % samples.Length];
            var reading = new TraceReading { MaxMalformedShare = 0.3, Columns = map is null ? null : TraceColumnMap.Parse(map, "--map") };
            var before = GC.GetAllocatedBytesForCurrentThread();
            past += MutationTests.Survive(i, text, mutant =>
            {
                var found = TraceInspection.Of(TraceReader.Read(Lines(mutant), "mutant.csv", reading).Cut(null, 1, new Seed(1)));
                Assert.NotEmpty(found.Describe());
            }) is null ? 1 : 0;
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostBytes, $"mutant {i} took too much memory");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{family}: {past / (double)Mutations:0.0%} of {Mutations} mutated traces are read"));
        Assert.True(past >= Mutations / 2);
    }

    private static TraceLines Lines(string text)
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return new TraceLines(buffer => stream.Read(buffer));
    }

    private static string Rows(Func<int, string> row) => string.Concat(Enumerable.Range(0, 12).Select(i => row(i) + "\n"));
}
