namespace Cocoon.Tests.Inference.Upstream;

/// <summary>Streams and pages in the words of each server, written after their documented formats; shortened.</summary>
internal static class Recordings
{
    public const string VllmModels = """
        {"object":"list","data":[{"id":"Qwen/Qwen3-8B","object":"model","created":1763000000,"owned_by":"vllm","root":"Qwen/Qwen3-8B","parent":null,"max_model_len":40960,"permission":[]}]}
        """;

    public const string VllmMetrics = """
        # HELP vllm:num_requests_running Number of requests in model execution batches.
        # TYPE vllm:num_requests_running gauge
        vllm:num_requests_running{engine="0",model_name="Qwen/Qwen3-8B"} 3.0
        vllm:num_requests_running{engine="1",model_name="Qwen/Qwen3-8B"} 2.0
        # TYPE vllm:num_requests_waiting gauge
        vllm:num_requests_waiting{engine="0",model_name="Qwen/Qwen3-8B"} 7.0
        vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 99.0
        vllm:kv_cache_usage_perc{engine="0"} 0.4
        """;

    /// <summary>continuous_usage_stats; cached tokens only in the last event.</summary>
    public const string VllmStream = """
        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null,"usage":{"prompt_tokens":40,"total_tokens":40,"completion_tokens":0}}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"reasoning_content":"Let me think"},"logprobs":null,"finish_reason":null}],"usage":{"prompt_tokens":40,"total_tokens":43,"completion_tokens":3}}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":"Bon"},"logprobs":null,"finish_reason":null}],"usage":{"prompt_tokens":40,"total_tokens":44,"completion_tokens":4}}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":"jour <é>"},"logprobs":null,"finish_reason":null}],"usage":{"prompt_tokens":40,"total_tokens":46,"completion_tokens":6}}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":40,"total_tokens":47,"completion_tokens":7}}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-8B","choices":[],"usage":{"prompt_tokens":40,"total_tokens":47,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":32},"completion_tokens_details":{"reasoning_tokens":3}}}

        data: [DONE]

        """;

    public const string VllmWhole = """
        {"id":"chatcmpl-2","object":"chat.completion","created":1763000002,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":null,"content":null,"tool_calls":[{"id":"chatcmpl-tool-1","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Paris\"}"}}]},"logprobs":null,"finish_reason":"tool_calls","stop_reason":null}],"service_tier":null,"usage":{"prompt_tokens":180,"total_tokens":202,"completion_tokens":22,"prompt_tokens_details":{"cached_tokens":160}},"prompt_logprobs":null,"kv_transfer_params":null}
        """;

    public const string SglangModels = """
        {"object":"list","data":[{"id":"Qwen/Qwen3-32B","object":"model","created":1763000000,"owned_by":"sglang","root":"Qwen/Qwen3-32B","parent":null,"max_model_len":32768}]}
        """;

    public const string SglangServerInfo = """{"model_path":"Qwen/Qwen3-32B","max_running_requests":48,"tp_size":1,"version":"0.5.10"}""";

    public const string SglangMetrics = """
        # TYPE sglang:num_running_reqs gauge
        sglang:num_running_reqs{model_name="Qwen/Qwen3-32B"} 11.0
        # TYPE sglang:num_queue_reqs gauge
        sglang:num_queue_reqs{model_name="Qwen/Qwen3-32B"} 1.0
        """;

    /// <summary>Cached tokens null (none, or not told), reasoning tokens at the top of usage.</summary>
    public const string SglangStream = """
        data: {"id":"a1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-32B","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}

        data: {"id":"a1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-32B","choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":"Hm"},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}

        data: {"id":"a1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-32B","choices":[{"index":0,"delta":{"role":null,"content":"Oui"},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}

        data: {"id":"a1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-32B","choices":[{"index":0,"delta":{"role":null,"content":"."},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}

        data: {"id":"a1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-32B","choices":[{"index":0,"delta":{"role":null,"content":null},"logprobs":null,"finish_reason":"length","matched_stop":null}],"usage":null}

        data: {"id":"a1","object":"chat.completion.chunk","created":1763000001,"model":"Qwen/Qwen3-32B","choices":[],"usage":{"prompt_tokens":25,"total_tokens":40,"completion_tokens":15,"prompt_tokens_details":null,"reasoning_tokens":9}}

        data: [DONE]

        """;

    public const string LlamaModels = """
        {"models":[{"name":"tiny.gguf"}],"object":"list","data":[{"id":"tiny.gguf","object":"model","created":1763000000,"owned_by":"llamacpp","meta":{"vocab_type":2,"n_vocab":4096,"n_ctx_train":131072,"n_embd":192,"n_params":2706240,"size":3018432}}]}
        """;

    public const string LlamaProps = """{"default_generation_settings":{"id":0,"n_ctx":8192,"speculative":false},"total_slots":4,"model_path":"tiny.gguf","build_info":"b1"}""";

    public const string LlamaMetrics = """
        # TYPE llamacpp:prompt_tokens_total counter
        llamacpp:prompt_tokens_total 36
        # TYPE llamacpp:requests_processing gauge
        llamacpp:requests_processing 1
        # TYPE llamacpp:requests_deferred gauge
        llamacpp:requests_deferred 2
        """;

    public const string LlamaStream = """
        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1763000001,"id":"chatcmpl-x","model":"tiny.gguf","system_fingerprint":"b1","object":"chat.completion.chunk","timings":{"cache_n":10,"prompt_n":5,"predicted_n":1}}

        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Le"}}],"created":1763000001,"id":"chatcmpl-x","model":"tiny.gguf","system_fingerprint":"b1","object":"chat.completion.chunk","timings":{"cache_n":10,"prompt_n":5,"predicted_n":1}}

        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" message"}}],"created":1763000001,"id":"chatcmpl-x","model":"tiny.gguf","system_fingerprint":"b1","object":"chat.completion.chunk","timings":{"cache_n":10,"prompt_n":5,"predicted_n":2}}

        data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1763000001,"id":"chatcmpl-x","model":"tiny.gguf","system_fingerprint":"b1","object":"chat.completion.chunk"}

        data: {"choices":[],"created":1763000001,"id":"chatcmpl-x","model":"tiny.gguf","system_fingerprint":"b1","object":"chat.completion.chunk","usage":{"completion_tokens":3,"prompt_tokens":15,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":10}},"timings":{"cache_n":10,"prompt_n":5,"prompt_ms":4.2,"predicted_n":3,"predicted_ms":9.9}}

        data: [DONE]

        """;

    public const string OllamaModels = """
        {"object":"list","data":[{"id":"qwen3:8b","object":"model","created":1763000000,"owned_by":"library"}]}
        """;

    /// <summary>Reasoning in <c>reasoning</c>, never counted; no cached tokens.</summary>
    public const string OllamaStream = """
        data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1763000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Okay"},"finish_reason":null}]}

        data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1763000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"Sal"},"finish_reason":null}]}

        data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1763000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"ut"},"finish_reason":null}]}

        data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1763000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}

        data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1763000001,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}

        data: [DONE]

        """;
}
