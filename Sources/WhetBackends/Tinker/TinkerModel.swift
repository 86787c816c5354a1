import Foundation
import Synchronization
import WhetCore
import WhetTinker

/// A policy that a service trains: low-rank adapters over a base model.
///
/// Keeps: requests reach the service in the order in which they were begun here, numbered from 1; what changes weights
/// or gradients is not sent twice to a service that would do it twice.
final class TinkerModel: Sendable {
    let id: String
    private let session: TinkerSession
    /// Whether what changes something may be sent again.
    private let repeats: Mutex<Bool>
    private let order = Turnstile(places: 1)
    private let sent = Mutex(0)

    private init(id: String, session: TinkerSession, traits: TinkerTraits) {
        self.id = id
        self.session = session
        repeats = Mutex(traits.recognizesRepeats)
    }

    /// Has the service make one.
    ///
    /// - Throws: as `TinkerSession.result`.
    static func create(
        in session: TinkerSession, baseModel: String, rank: Int, seed: Int, traits: TinkerTraits
    ) async throws -> TinkerModel {
        let body: JSONValue = [
            "session_id": .string(session.id), "model_seq_id": .integer(session.nextModel()),
            "base_model": .string(baseModel), "lora_config": ["rank": .integer(rank), "seed": .integer(seed)],
            "type": "create_model",
        ]
        let route = "create_model"
        let answer = try await session.connection.post(route, body).root
        guard let request = answer["request_id"]?.string else {
            throw session.connection.nonsense(route, "has no request_id")
        }
        let made = try await session.result(of: request, from: route).root
        guard let id = made["model_id"]?.string ?? answer["model_id"]?.string else {
            throw session.connection.nonsense(route, "has no model_id")
        }
        return TinkerModel(id: id, session: session, traits: traits)
    }

    /// Has the service forget it. That it cannot is of no matter: it does so when the session ends.
    func unload() async {
        _ = try? await session.perform("unload_model", ["model_id": .string(id), "type": "unload_model"])
    }

    // MARK: Passes

    /// Log-probabilities of the scored tokens, and nothing changes. `[data][scored tokens]`
    func forward(_ data: [TinkerDatum], _ limits: TinkerLimits) async throws -> [[Float]] {
        try await pass("forward", .crossEntropy, data, limits)
    }

    /// Adds the loss's gradient.
    ///
    /// - Returns: the log-probabilities of the scored tokens. `[data][scored tokens]`
    func forwardBackward(_ loss: TinkerLoss, _ data: [TinkerDatum], _ limits: TinkerLimits) async throws -> [[Float]] {
        try await pass("forward_backward", loss, data, limits)
    }

    /// Several requests are under way at a time, sent in order.
    private func pass(
        _ route: String, _ loss: TinkerLoss, _ data: [TinkerDatum], _ limits: TinkerLimits
    ) async throws -> [[Float]] {
        let requests = TinkerDatum.requests(data, limit: limits.requestTokens)
        return try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
            var results = [[[Float]]](repeating: [], count: requests.count)
            for (index, request) in requests.enumerated() {
                if index >= limits.requestsInFlight, let (done, result) = try await group.next() {
                    results[done] = result
                }
                let id = try await begin(route, changes: route != "forward") { text in
                    text.append(raw: route == "forward" ? #","forward_input":"# : #","forward_backward_input":"#)
                    loss.write(request, to: &text)
                }
                group.addTask { [self] in
                    let answer = try await session.result(of: id, from: route)
                    return (index, try logProbabilities(in: answer, of: request, route))
                }
            }
            for try await (done, result) in group { results[done] = result }
            return results.flatMap(\.self)
        }
    }

    private func logProbabilities(
        in answer: JSONDocument, of data: ArraySlice<TinkerDatum>, _ route: String
    ) throws -> [[Float]] {
        guard let outputs = answer.root["loss_fn_outputs"]?.elements, outputs.count == data.count else {
            throw session.connection.nonsense(route, "has not one loss_fn_outputs a sequence")
        }
        return try zip(outputs, data).map { output, datum in
            var numbers: [Float] = []
            numbers.reserveCapacity(datum.count)
            output["logprobs"]?["data"]?.forEachElement { if let number = $0.double { numbers.append(Float(number)) } }
            guard numbers.count == datum.count else {
                throw session.connection.nonsense(
                    route, "has \(numbers.count) log-probabilities for \(datum.count) tokens")
            }
            return numbers
        }
    }

    // MARK: Orders

    /// Applies and clears the gradients.
    ///
    /// - Returns: their global norm, where the service tells it.
    func step(_ optimizer: TinkerOptimizer, learningRate: Double) async throws -> Double? {
        let id = try await begin("optim_step", changes: true) { text in
            text.append(raw: #","adam_params":"#)
            text.append(optimizer.json(learningRate: learningRate))
        }
        let answer = try await session.result(of: id, from: "optim_step").root
        guard case .object(let metrics)? = answer["metrics"]?.value else { return nil }
        return metrics.first { $0.key.contains("grad_norm") || $0.key.contains("gradient_norm") }?.value.double
    }

    /// Saves weights and optimizer state, or the weights alone for sampling, under a name that no other save has.
    ///
    /// - Parameters:
    ///   - purpose: a part of the name.
    ///   - lifetime: after it the service may delete them; nil keeps them.
    /// - Returns: where the service keeps them, `tinker://…`.
    func save(_ route: SaveRoute, _ purpose: String, lifetime: Duration? = nil) async throws -> String {
        let name = "whet-\(purpose)-\(UUID().uuidString.prefix(8).lowercased())"
        do {
            let id = try await begin(route.rawValue, changes: false) { text in
                text.append(raw: #","path":"#)
                text.append(quoted: name)
                if let lifetime { text.append(raw: #","ttl_seconds":\#(lifetime.components.seconds)"#) }
            }
            let answer = try await session.result(of: id, from: route.rawValue).root
            guard let path = answer["path"]?.string else {
                throw session.connection.nonsense(route.rawValue, "has no path")
            }
            return path
        } catch let refusal as TinkerRefusal where refusal.status == 409 {
            // Its first answer was lost, and it was not recognized the second time.
            return try await save(route, "\(purpose)-again", lifetime: lifetime)
        }
    }

    enum SaveRoute: String {
        case training = "save_weights"
        case sampling = "save_weights_for_sampler"
    }

    /// Takes up weights and optimizer state; services allow that as a model's first request only.
    func load(_ path: String) async throws {
        let id = try await begin("load_weights", changes: false) { text in
            text.append(raw: #","path":"#)
            text.append(quoted: path)
            text.append(raw: #","optimizer":true"#)
        }
        _ = try await session.result(of: id, from: "load_weights")
    }

    /// Whether the service takes a second request of the same number for the first one. From here on, this model's
    /// requests are sent again where it does.
    func recognizesRepeats(_ datum: TinkerDatum) async throws -> Bool {
        let number = sent.withLock { $0 + 1 }
        var ids: [String] = []
        for _ in 0..<2 {
            ids.append(try await begin("forward", changes: false, number: number) { text in
                text.append(raw: #","forward_input":"#)
                TinkerLoss.crossEntropy.write([datum], to: &text)
            })
        }
        for id in Set(ids) { _ = try await session.result(of: id, from: "forward") }
        let isSame = ids[0] == ids[1]
        repeats.withLock { $0 = isSame }
        return isSame
    }

    /// Whether the service has a loss function.
    func has(_ loss: TinkerLoss, _ datum: TinkerDatum) async throws -> Bool {
        do {
            let id = try await begin("forward", changes: false) { text in
                text.append(raw: #","forward_input":"#)
                loss.write([datum], to: &text)
            }
            _ = try await session.result(of: id, from: "forward")
            return true
        } catch let refusal as TinkerRefusal where (400..<500).contains(refusal.status) && !refusal.isLoss {
            return false
        }
    }

    /// Sends a request with the model and its number, and the members that `write` adds.
    private func begin(
        _ route: String, changes: Bool, number: Int? = nil, _ write: @escaping @Sendable (inout TinkerText) -> Void
    ) async throws -> String {
        try await order.pass { [self] in
            let number = number ?? sent.withLock { $0 } + 1
            sent.withLock { $0 = max($0, number) }
            var text = TinkerText()
            text.append(raw: #"{"model_id":"#)
            text.append(quoted: id)
            text.append(raw: #","seq_id":\#(number),"type":"#)
            text.append(quoted: route)
            write(&text)
            text.append(raw: "}")
            return try await session.begin(
                route, text.bytes, repetition: changes && !repeats.withLock { $0 } ? .forbidden : .allowed)
        }
    }
}

/// How much of a batch a service gets at a time.
struct TinkerLimits: Hashable, Sendable {
    /// In one request.
    var requestTokens: Int
    /// Requests whose answers are awaited at a time.
    var requestsInFlight: Int
}

extension TinkerLoss {
    /// Writes it with its data as the API's `ForwardBackwardInput`.
    fileprivate func write(_ data: ArraySlice<TinkerDatum>, to text: inout TinkerText) {
        text.append(raw: #"{"data":["#)
        for (index, datum) in zip(data.indices, data) {
            if index > data.startIndex { text.append(raw: ",") }
            datum.write(to: &text)
        }
        text.append(raw: #"],"loss_fn":"#)
        text.append(quoted: name)
        if !settings.isEmpty {
            text.append(raw: #","loss_fn_config":"#)
            text.append(
                .object(
                    JSONObject(
                        uniqueKeysWithValues: settings.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })))
        }
        text.append(raw: "}")
    }
}
