import Foundation
import Synchronization
import WhetCore

/// What a `CannedTinker` holds.
final class CannedTinkerState: Sendable {
    private struct Model {
        var bigram: Bigram
        var gradient: [Double]
        /// Sequences whose gradients are in it.
        var sequences = 0
        /// Futures by number.
        var requests: [Int: Int] = [:]
        var hasWorked = false

        init(_ bigram: Bigram) {
            self.bigram = bigram
            gradient = [Double](repeating: 0, count: bigram.weights.count)
        }
    }

    private struct State {
        var sessions: Set<String> = []
        var models: [String: Model] = [:]
        var order: [String] = []
        /// By path; never lost.
        var weights: [String: Bigram] = [:]
        var samplers: [String: String?] = [:]
        var futures: [(status: Int, text: String)] = []
        var delays: [Int: Int] = [:]
        var made = 0
        var steps = 0
        var heartbeats = 0
    }

    private struct Refusal: Error {
        var status: Int
        var words: String
    }

    private let settings: CannedTinker.Settings
    private let vocabulary: Int
    private let state = Mutex(State())

    init(_ settings: CannedTinker.Settings, vocabulary: Int) {
        self.settings = settings
        self.vocabulary = vocabulary
    }

    var model: Bigram? { state.withLock { state in state.order.last.flatMap { state.models[$0]?.bigram } } }
    var steps: Int { state.withLock { $0.steps } }
    var loadedModels: Int { state.withLock { $0.models.count } }
    var heartbeats: Int { state.withLock { $0.heartbeats } }

    func restart() {
        state.withLock { state in
            state.sessions = []
            state.models = [:]
            state.order = []
            state.samplers = [:]
        }
    }

    /// - Returns: a status and JSON text.
    func answer(_ route: String, _ body: [UInt8]) -> (Int, String) {
        state.withLock { state in
            do {
                let body = body.isEmpty ? JSONValue.null : try JSONValue(parsing: body)
                return try answer(route, body, &state)
            } catch let refusal as Refusal {
                return (refusal.status, JSONValue.object(["detail": .string(refusal.words)]).text())
            } catch {
                return (422, JSONValue.object(["detail": .string("\(error)")]).text())
            }
        }
    }

    private func answer(_ route: String, _ body: JSONValue, _ state: inout State) throws -> (Int, String) {
        func name(_ kind: String) -> String {
            state.made += 1
            return "\(kind)_\(state.made)"
        }
        switch route {
        case "healthz": return (200, #"{"status":"ok"}"#)
        case "get_server_capabilities":
            let models = settings.models.map { #"{"model_name":"\#($0)"}"# }.joined(separator: ",")
            return (200, #"{"supported_models":[\#(models)]}"#)
        case "create_session":
            let id = name("session")
            state.sessions.insert(id)
            return (200, #"{"session_id":"\#(id)"}"#)
        case "session_heartbeat":
            try session(body, state)
            state.heartbeats += 1
            return (200, "{}")
        case "create_sampling_session":
            try session(body, state)
            let id = name("sampling")
            state.samplers[id] = .some(body["model_path"]?.string)
            return (200, #"{"sampling_session_id":"\#(id)"}"#)
        case "retrieve_future": return try future(body, &state)
        case "create_model":
            try session(body, state)
            guard body["base_model"]?.string.map(settings.models.contains) == true else {
                throw Refusal(status: 400, words: "no such base model")
            }
            let id = name("model")
            state.models[id] = Model(Bigram(vocabulary: vocabulary))
            state.order.append(id)
            let (status, text) = began(200, #"{"model_id":"\#(id)"}"#, &state)
            return (status, #"{"model_id":"\#(id)","# + text.dropFirst())
        case "asample": return try sample(body, &state)
        case let path where path.hasPrefix("samplers/"):
            guard let source = state.samplers[String(path.dropFirst("samplers/".count))] else {
                throw Refusal(status: 404, words: "Sampler not found")
            }
            return (200, JSONValue.object(["model_path": source.map(JSONValue.string) ?? .null]).text())
        default: return try ask(route, body, &state)
        }
    }

    private func session(_ body: JSONValue, _ state: State) throws {
        guard let id = body["session_id"]?.string, state.sessions.contains(id) else {
            throw Refusal(status: 404, words: "Session not found")
        }
    }

    private func began(_ status: Int, _ text: String, _ state: inout State) -> (Int, String) {
        state.futures.append((status, text))
        return (200, #"{"request_id":"\#(state.futures.count)","status":"pending"}"#)
    }

    private func future(_ body: JSONValue, _ state: inout State) throws -> (Int, String) {
        guard let number = body["request_id"]?.string.flatMap(Int.init), state.futures.indices.contains(number - 1)
        else { throw Refusal(status: 404, words: "Future not found") }
        let asked = state.delays[number, default: 0]
        state.delays[number] = asked + 1
        guard asked >= settings.delays else { throw Refusal(status: 408, words: "Timeout waiting for result") }
        let (status, text) = state.futures[number - 1]
        return (status, status == 200 ? text : #"{"detail":"\#(text)"}"#)
    }

    /// What is asked of a model.
    private func ask(_ route: String, _ body: JSONValue, _ state: inout State) throws -> (Int, String) {
        guard let id = body["model_id"]?.string, var model = state.models[id] else {
            throw Refusal(status: 404, words: "Model not found")
        }
        let number = body["seq_id"]?.integer
        if settings.recognizesRepeats, let number, let before = model.requests[number] {
            return (200, #"{"request_id":"\#(before)","status":"pending"}"#)
        }
        var outcome: (status: Int, text: String)
        do {
            outcome = (200, try carryOut(route, body, id, &model, &state))
        } catch let refusal as Refusal where refusal.status == 400 {
            outcome = (400, refusal.words)
        }
        if route == "unload_model" {
            state.models[id] = nil
            state.order.removeAll { $0 == id }
        }
        let reply = began(outcome.status, outcome.text, &state)
        if let number { model.requests[number] = state.futures.count }
        model.hasWorked = true
        if state.models[id] != nil { state.models[id] = model }
        return reply
    }

    private func carryOut(
        _ route: String, _ body: JSONValue, _ id: String, _ model: inout Model, _ state: inout State
    ) throws -> String {
        switch route {
        case "forward": return try pass(body["forward_input"], &model, isForward: true)
        case "forward_backward": return try pass(body["forward_backward_input"], &model, isForward: false)
        case "optim_step":
            guard let adam = body["adam_params"], let rate = adam["learning_rate"]?.double else {
                throw Refusal(status: 422, words: "adam_params")
            }
            if settings.dividesBySequences, model.sequences > 0 {
                model.gradient = model.gradient.map { $0 / Double(model.sequences) }
            }
            let clip = settings.clipsGradients ? adam["grad_clip_norm"]?.double : nil
            let norm = model.bigram.adamW(
                model.gradient, learningRate: rate, beta1: adam["beta1"]?.double ?? 0.9,
                beta2: adam["beta2"]?.double ?? 0.95, epsilon: adam["eps"]?.double ?? 1e-12,
                weightDecay: adam["weight_decay"]?.double ?? 0, clipNorm: clip.flatMap { $0 > 0 ? $0 : nil })
            model.gradient = model.gradient.map { _ in 0 }
            model.sequences = 0
            state.steps += 1
            return settings.tellsNorms ? #"{"metrics":{"canned/grad_norm":\#(norm)}}"# : #"{"metrics":null}"#
        case "save_weights", "save_weights_for_sampler":
            guard let name = body["path"]?.string, name.allSatisfy({ $0.isLetter || $0.isNumber || "-_".contains($0) })
            else { throw Refusal(status: 422, words: "path") }
            let path = "tinker://\(id)/\(route == "save_weights" ? "weights" : "sampler_weights")/\(name)"
            guard state.weights[path] == nil else { throw Refusal(status: 409, words: "it exists already") }
            state.weights[path] = model.bigram
            return #"{"path":"\#(path)"}"#
        case "load_weights":
            guard !settings.loadsFirst || !model.hasWorked else {
                throw Refusal(status: 400, words: "LoadWeights is not permitted")
            }
            guard let path = body["path"]?.string, let saved = state.weights[path] else {
                throw Refusal(status: 404, words: "Checkpoint not found")
            }
            model.bigram = saved
            return #"{"type":"load_weights"}"#
        case "unload_model": return "{}"
        default: throw Refusal(status: 404, words: "Not Found")
        }
    }
}

// MARK: Losses and samples

extension CannedTinkerState {
    private func pass(_ input: JSONValue?, _ model: inout Model, isForward: Bool) throws -> String {
        guard let input, let data = input["data"]?.array, let loss = input["loss_fn"]?.string else {
            throw Refusal(status: 422, words: "data, loss_fn")
        }
        guard settings.losses.contains(loss) else { throw Refusal(status: 400, words: "'\(loss)'") }
        var outputs: [JSONValue] = []
        var gradient = model.gradient
        for datum in data {
            func numbers(_ name: String) -> [Double] {
                datum["loss_fn_inputs"]?[name]?["data"]?.array?.compactMap(\.double) ?? []
            }
            let tokens = (datum["model_input"]?["chunks"]?[0]?["tokens"]?.array ?? []).compactMap(\.integer)
            let targets = (datum["loss_fn_inputs"]?["target_tokens"]?["data"]?.array ?? []).compactMap(\.integer)
            guard !tokens.isEmpty, tokens.count == targets.count else {
                throw Refusal(status: 422, words: "lists of one length")
            }
            guard (tokens + targets).allSatisfy((0..<vocabulary).contains) else {
                throw Refusal(status: 400, words: "a token is outside of the vocabulary")
            }
            let scored = zip(tokens, targets).map { model.bigram.logProbability($1, after: $0) }
            outputs.append(["logprobs": ["data": .array(scored.map(JSONValue.number)), "dtype": "float32"]])
            guard !isForward else { continue }
            let weights = numbers("weights").isEmpty ? scored.map { _ in 1 } : numbers("weights")
            let whole = settings.dividesByWeights ? max(weights.reduce(0, +), 1e-9) : 1
            for place in tokens.indices {
                func credit() -> (advantage: Double, ratio: Double) {
                    (numbers("advantages")[place], exp(scored[place] - numbers("logprobs")[place]))
                }
                let slope: Double
                switch loss {
                case "cross_entropy": slope = -1
                case "importance_sampling": slope = -credit().advantage * credit().ratio
                default:
                    let low = input["loss_fn_config"]?["clip_low_threshold"]?.double ?? 0.8
                    let high = input["loss_fn_config"]?["clip_high_threshold"]?.double ?? 1.2
                    let (advantage, ratio) = credit()
                    let isClipped = advantage >= 0 ? ratio > high : ratio < low
                    slope = isClipped ? 0 : -advantage * ratio
                }
                model.bigram.addGradient(
                    slope * weights[place] / whole, of: targets[place], after: tokens[place], to: &gradient)
            }
            model.sequences += 1
        }
        model.gradient = gradient
        return JSONValue.object(["loss_fn_outputs": .array(outputs), "metrics": [:]]).text()
    }

    private func sample(_ body: JSONValue, _ state: inout State) throws -> (Int, String) {
        guard let id = body["sampling_session_id"]?.string, let source = state.samplers[id] else {
            throw Refusal(status: 404, words: "Sampling session not found")
        }
        var bigram = Bigram(vocabulary: vocabulary)
        if let source {
            guard let saved = state.weights[source] else { throw Refusal(status: 404, words: "Checkpoint not found") }
            bigram = saved
        }
        guard body["seq_id"]?.integer != nil, let sampling = body["sampling_params"],
            let maximum = sampling["max_tokens"]?.integer, let seed = sampling["seed"]?.integer,
            var last = body["prompt"]?["chunks"]?[0]?["tokens"]?.array?.last?.integer
        else { throw Refusal(status: 422, words: "seq_id, sampling_params, prompt") }
        guard (0..<vocabulary).contains(last) else { return began(400, "a token is outside of the vocabulary", &state) }
        let stops = sampling["stop"]?.array?.compactMap(\.integer) ?? []
        var random = RandomStream(seed: UInt64(seed), purpose: "canned sample")
        var tokens: [Int] = []
        var numbers: [Double] = []
        while tokens.count < maximum, !stops.contains(tokens.last ?? -1) {
            let drawn = bigram.sample(
                after: last, temperature: sampling["temperature"]?.double ?? 1, using: &random)
            last = drawn.token
            tokens.append(drawn.token)
            numbers.append(drawn.logProbability)
        }
        let sequence: JSONValue = [
            "tokens": .array(tokens.map(JSONValue.integer)), "logprobs": .array(numbers.map(JSONValue.number)),
            "stop_reason": .string(stops.contains(last) ? "stop" : "length"),
        ]
        return began(200, JSONValue.object(["sequences": [sequence]]).text(), &state)
    }
}
