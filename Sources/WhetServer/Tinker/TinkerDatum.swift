import WhetCore
import WhetEngine
import WhetServing

/// One sequence of a training call.
struct TinkerDatum: Sendable {
    let input: TargetedInput
    let credit: SummedLoss.Credit

    /// What a datum must keep to.
    struct Limits: Sendable {
        let vocabulary: Int
        let context: Int
    }

    /// - Throws: `RequestProblem` that names the datum and what is wrong with it.
    init(_ fields: RequestFields, loss: TinkerLoss, limits: Limits) throws {
        let tokens = try TinkerDatum.tokens(
            try fields.required("model_input", fields.object("model_input")), limits: limits)
        let inputs = try fields.required("loss_fn_inputs", fields.object("loss_fn_inputs"))
        let known = ["target_tokens", "weights"] + (loss.isOfPolicy ? ["logprobs", "advantages"] : [])
        if let wrong = inputs.keys.first(where: { !known.contains($0) }) {
            throw RequestProblem.badValue(
                "\(inputs.name(wrong)) is nothing that \(loss.name) reads; expected \(known.joined(separator: ", "))",
                parameter: inputs.name(wrong))
        }
        let targets = try TinkerDatum.tensor("target_tokens", inputs, count: tokens.count)
        let weights = try TinkerDatum.tensor("weights", inputs, count: tokens.count)
        let advantages = try loss.isOfPolicy ? TinkerDatum.tensor("advantages", inputs, count: tokens.count) : nil
        let behavior = try loss.isOfPolicy ? TinkerDatum.tensor("logprobs", inputs, count: tokens.count) : nil
        _ = try inputs.required("target_tokens", targets)
        if loss.isOfPolicy {
            _ = try inputs.required("advantages", advantages)
            _ = try inputs.required("logprobs", behavior)
        }
        if loss.needsWeights, weights == nil {
            throw RequestProblem.badValue(
                "\(inputs.name("weights")) is missing; \(loss.name) takes a mean over the trained tokens, and they are "
                    + "those whose weight is not 0", parameter: inputs.name("weights"), code: "missing_parameter")
        }
        let ids = try (targets ?? []).map { target in
            guard let id = Int32(exactly: target), limits.contains(id) else {
                throw RequestProblem.badValue(
                    "\(inputs.name("target_tokens")) has \(target); expected ids from 0 to \(limits.vocabulary - 1)",
                    parameter: inputs.name("target_tokens"))
            }
            return id
        }
        let zeros = [Double](repeating: 0, count: tokens.count)
        input = TargetedInput(tokens: tokens, targets: ids)
        credit = SummedLoss.Credit(
            weights: weights ?? zeros.map { _ in 1 }, advantages: advantages ?? zeros,
            behaviorLogProbabilities: behavior ?? zeros)
    }

    /// The tokens of a `ModelInput`: chunks of text, one after the other.
    ///
    /// - Throws: `RequestProblem` for other chunks, no tokens, too many, or one that the model doesn't have.
    static func tokens(_ fields: RequestFields, limits: Limits, atMost: Int? = nil) throws -> [Int32] {
        let chunks = try fields.required("chunks", fields.list("chunks"))
        var tokens: [Int32] = []
        for (place, chunk) in chunks.enumerated() {
            let chunk = try RequestFields(chunk, name: fields.name("chunks[\(place)]"))
            let type = try chunk.string("type") ?? "encoded_text"
            guard type == "encoded_text" else {
                throw RequestProblem.badValue(
                    "\(chunk.name("type")) is \"\(type)\"; expected encoded_text: the engine reads text alone",
                    parameter: chunk.name("type"), code: "unsupported_parameter")
            }
            tokens += try chunk.required("tokens", chunk.tokens("tokens"))
        }
        guard !tokens.isEmpty else {
            throw RequestProblem.badValue(
                "\(fields.name("chunks")) has no tokens; expected at least one", parameter: fields.name("chunks"))
        }
        let most = atMost ?? limits.context
        guard tokens.count <= most else {
            throw RequestProblem.badValue(
                "\(fields.name("chunks")) has \(tokens.count) tokens; expected at most \(most), "
                    + "the model's context being \(limits.context)", parameter: fields.name("chunks"))
        }
        if let wrong = tokens.first(where: { !limits.contains($0) }) {
            throw RequestProblem.badValue(
                "\(fields.name("chunks")) has \(wrong); expected ids from 0 to \(limits.vocabulary - 1)",
                parameter: fields.name("chunks"))
        }
        return tokens
    }

    /// The numbers of a `TensorData`; nil if there is none of that name.
    private static func tensor(_ key: String, _ fields: RequestFields, count: Int) throws -> [Double]? {
        guard let tensor = try fields.object(key) else { return nil }
        if try tensor.list("sparse_crow_indices") != nil {
            throw RequestProblem.badValue(
                "\(fields.name(key)) is sparse; expected a list with one number a token, a single target each",
                parameter: fields.name(key), code: "unsupported_parameter")
        }
        if let shape = try tensor.tokens("shape"), shape != [Int32(clamping: count)] {
            throw RequestProblem.badValue(
                "\(tensor.name("shape")) is \(shape); expected [\(count)], one number for each token of model_input",
                parameter: tensor.name("shape"))
        }
        guard let data = tensor.view("data"), data.elementCount != nil else {
            throw RequestProblem.badValue(
                "\(tensor.name("data")) is no list; expected one number for each token",
                parameter: tensor.name("data"), code: "invalid_type")
        }
        var numbers: [Double] = []
        numbers.reserveCapacity(count)
        try data.forEachElement { element in
            guard let number = element.double, Float(number).isFinite else {
                throw RequestProblem.badValue(
                    "\(tensor.name("data"))[\(numbers.count)] is \(element.value.excerpt); expected a number",
                    parameter: tensor.name("data"), code: "invalid_type")
            }
            numbers.append(number)
        }
        guard numbers.count == count else {
            throw RequestProblem.badValue(
                "\(tensor.name("data")) has \(numbers.count) numbers, and model_input \(count) tokens; "
                    + "expected one for each, the target of a token being the one after it",
                parameter: tensor.name("data"))
        }
        return numbers
    }
}

extension TinkerDatum.Limits {
    func contains(_ token: Int32) -> Bool { token >= 0 && token < vocabulary }
}
