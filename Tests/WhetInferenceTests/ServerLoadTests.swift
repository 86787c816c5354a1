import Testing

@testable import WhetInference

@Suite("Servers' metrics")
struct ServerLoadTests {
    @Test("engines add up, ranks that repeat the first do not, and gauges of another meaning are passed over")
    func sums() {
        let text = """
            # HELP sglang:num_running_reqs The number of running requests.
            # TYPE sglang:num_running_reqs gauge
            sglang:num_running_reqs{model_name="a} b",tp_rank="0",dp_rank="0"} 3.0
            sglang:num_running_reqs{model_name="a} b",tp_rank="1",dp_rank="0"} 3.0
            sglang:num_running_reqs{model_name="a} b",tp_rank="0",dp_rank="1"} 4.0 1700000000000
            sglang:num_queue_reqs{tp_rank="0"} 2
            sglang:token_usage{tp_rank="0",dp_rank="0"} 0.5
            sglang:token_usage{tp_rank="0",dp_rank="1"} 0.75
            sglang:num_retracted_reqs{pid="1"} 9
            sglang:num_retracted_requests_total{tp_rank="0"} 6
            """
        #expect(
            ServerLoad(metrics: text) == ServerLoad(running: 7, waiting: 2, cacheUsage: 0.75, preemptions: 6))
    }

    @Test("whet's and llama.cpp's are read")
    func others() {
        #expect(
            ServerLoad(
                metrics: "whet_num_requests_running{model_name=\"m\"} 2\r\nwhet_num_requests_waiting 1\r\n"
                    + "whet_kv_cache_usage_perc 0.5")
                == ServerLoad(running: 2, waiting: 1, cacheUsage: 0.5))
        #expect(
            ServerLoad(metrics: "llamacpp:requests_processing 1\nllamacpp:requests_deferred 0\n")
                == ServerLoad(running: 1, waiting: 0))
    }

    @Test(
        "what says nothing of requests is none",
        arguments: [
            "", "hello", "{}", "vllm:num_requests_waiting 3", "vllm:num_requests_running NaN",
            "vllm:num_requests_running +Inf", "vllm:num_requests_running -1", "vllm:num_requests_running",
            "vllm:num_requests_running{ 3", "vllm:num_requests_running 1e300", "num_requests_running 3",
            "# vllm:num_requests_running 3",
        ])
    func none(text: String) {
        #expect(ServerLoad(metrics: text) == nil)
    }
}
