import WhetEngine

/// Writes an engine's statistics as Prometheus reads them.
enum MetricsText {
    static func of(
        _ statistics: GenerationEngine.Statistics, settings: GenerationEngine.Settings, model: String
    ) -> String {
        let label = "{model_name=\"\(model.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline })\"}"
        var text = ""
        func write(_ name: String, _ kind: String, _ help: String, _ value: some CustomStringConvertible) {
            text += "# HELP whet_\(name) \(help)\n# TYPE whet_\(name) \(kind)\nwhet_\(name)\(label) \(value)\n"
        }
        func finished(_ reason: String, _ count: Int) {
            text += "whet_requests_finished_total\(label.dropLast()),finished_reason=\"\(reason)\"} \(count)\n"
        }
        write("num_requests_running", "gauge", "Requests that are being sampled.", statistics.running)
        write("num_requests_waiting", "gauge", "Requests that wait for a place.", statistics.waiting)
        write("kv_cached_tokens", "gauge", "Tokens in key-value caches.", statistics.cachedTokens)
        write(
            "kv_cache_usage_perc", "gauge", "Share of the key-value caches' bound that is in use; 1 is full.",
            Double(statistics.cachedTokens) / Double(settings.maximumCachedTokens))
        write("weight_version", "gauge", "Version of the weights that sample.", statistics.version.number)
        write("weight_updates_total", "counter", "Changes of weights.", statistics.weightUpdates)
        write("engine_steps_total", "counter", "Steps of the decoder.", statistics.steps)
        write("prompt_tokens_total", "counter", "Tokens of prompts.", statistics.promptTokens)
        write(
            "prefix_cache_hits_total", "counter", "Tokens of prompts that another cache held.", statistics.sharedTokens)
        write("generation_tokens_total", "counter", "Tokens sampled.", statistics.generatedTokens)
        write("requests_aborted_total", "counter", "Requests that were aborted.", statistics.aborted)
        write("requests_refused_total", "counter", "Requests that found the queue full.", statistics.refused)
        text += "# HELP whet_requests_finished_total Requests that ended, by reason.\n"
        text += "# TYPE whet_requests_finished_total counter\n"
        finished("stop", statistics.stopped)
        finished("length", statistics.reachedLength)
        finished("abort", statistics.aborted)
        finished("error", statistics.failed)
        return text
    }
}
