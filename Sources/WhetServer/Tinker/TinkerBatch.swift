import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// The data of a `forward` or `forward_backward`, and what comes of it.
struct TinkerBatch: Sendable {
    let loss: TinkerLoss
    let data: [TinkerDatum]

    /// - Throws: `RequestProblem` that names what is wrong.
    init(_ fields: RequestFields, limits: TinkerDatum.Limits) throws {
        let config = try fields.object("loss_fn_config")
        loss = try TinkerLoss(
            fields.required("loss_fn", fields.string("loss_fn")), settings: config, keys: config?.keys ?? [])
        let views = try fields.required("data", fields.list("data"))
        guard !views.isEmpty else {
            throw RequestProblem.badValue(
                "\(fields.name("data")) is empty; expected at least one datum", parameter: fields.name("data"))
        }
        let loss = loss
        data = try views.enumerated().map { place, view in
            try TinkerDatum(
                RequestFields(view, name: fields.name("data[\(place)]")), loss: loss, limits: limits)
        }
    }

    /// One datum's log-probabilities, and what the loss makes of them.
    struct Scored: Sendable {
        let logProbabilities: [Float]
        let result: SummedLoss.Result
    }

    func scored(_ place: Int, _ logProbabilities: [Float]) -> Scored {
        Scored(
            logProbabilities: logProbabilities,
            result: loss.summed.evaluate(logProbabilities.map(Double.init), credit: data[place].credit))
    }

    func forward(_ backend: EmbeddedBackend) async throws -> ByteBuffer {
        let found = try await backend.targetLogProbabilities(of: data.map(\.input))
        return try reply(found.enumerated().map(scored))
    }

    func forwardBackward(_ backend: EmbeddedBackend) async throws -> ByteBuffer {
        let scored = try await backend.accumulate(data.map(\.input)) { place, logProbabilities in
            let scored = self.scored(place, logProbabilities)
            return (scored.result.slopes.map(Float.init), scored)
        }
        return try reply(scored)
    }

    /// Names of metrics end in how the SDK puts those of a call's pieces together.
    ///
    /// - Throws: `WhetError` for numbers that JSON cannot have.
    private func reply(_ scored: [Scored]) throws -> ByteBuffer {
        for (place, datum) in scored.enumerated() {
            guard datum.logProbabilities.allSatisfy(\.isFinite) else {
                throw WhetError(
                    "the log-probabilities are not finite: the model has diverged", at: "data[\(place)]",
                    remedy: "load an earlier checkpoint, and train with a lower learning rate")
            }
            guard datum.result.losses.allSatisfy({ Float($0).isFinite }) else {
                throw WhetError(
                    "the loss is not finite", at: "data[\(place)]",
                    expected: "weights, advantages and logprobs of the usual size")
            }
        }
        var text = JSONText(capacity: 1_024)
        text.append(raw: #"{"loss_fn_output_type":"ArrayRecord","loss_fn_outputs":["#)
        for (place, datum) in scored.enumerated() {
            if place > 0 { text.append(raw: ",") }
            text.append(raw: #"{"logprobs":"#)
            text.append(tensor: datum.logProbabilities)
            text.append(raw: #","elementwise_loss":"#)
            text.append(tensor: datum.result.losses.map(Float.init))
            text.append(raw: "}")
        }
        text.append(raw: #"],"metrics":"#)
        text.append(metrics(scored))
        text.append(raw: "}")
        return ByteBuffer(bytes: text.bytes)
    }

    private func metrics(_ scored: [Scored]) -> JSONValue {
        let tokens = scored.reduce(0) { $0 + $1.result.tokens }
        var metrics: JSONObject = [
            "loss:sum": .number(scored.reduce(0) { $0 + $1.result.losses.reduce(0, +) }),
            "tokens:sum": .integer(tokens),
        ]
        let sums = scored.reduce(into: [String: Double]()) { $0.merge($1.result.sums, uniquingKeysWith: +) }
        for (name, sum) in sums.sorted(by: { $0.key < $1.key }) where tokens > 0 {
            metrics["\(name):mean"] = .number(sum / Double(tokens))
        }
        return .object(metrics)
    }
}

extension JSONText {
    /// Numbers as the API has them: flat, with type and shape.
    fileprivate mutating func append(tensor numbers: [Float]) {
        append(raw: #"{"data":["#)
        for (place, number) in numbers.enumerated() {
            if place > 0 { append(raw: ",") }
            append(number)
        }
        append(raw: #"],"dtype":"float32","shape":[\#(numbers.count)]}"#)
    }
}
