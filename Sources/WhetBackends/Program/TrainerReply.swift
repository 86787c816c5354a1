import WhetCore

/// What a trainer said no to. It lives on, and is as it was.
struct TrainerRefusal: Error {
    var error: WhetError
    /// Batches whose gradients were thrown away.
    var dropped: [String]
}

/// The process of a trainer is gone, or of no use any more.
struct TrainerDeath: Error {
    var error: WhetError
}

/// One line that a trainer wrote, read as a reply.
struct TrainerReply {
    /// nil where the trainer could not tell what it answers.
    let id: Int?
    let outcome: Result<JSONValue, TrainerRefusal>
    /// The trainer ends now.
    let isFatal: Bool

    /// What is wrong with a line that is no reply, as an end of the sentence "the trainer …".
    struct Nonsense: Error {
        let problem: String
    }

    /// - Parameter place: of the trainer, for its errors.
    init(_ line: [UInt8], at place: String) throws(Nonsense) {
        func excerpt(_ count: Int = 120) -> String { String(decoding: line.prefix(count), as: UTF8.self) }
        guard let reply = try? JSONValue(parsing: line), let members = reply.object else {
            throw Nonsense(problem: "wrote \"\(excerpt())\" to standard output, which is no JSON object")
        }
        guard let id = members["id"], id.isNull || id.integer != nil else {
            throw Nonsense(problem: "wrote a reply without the id of a request: \(excerpt())")
        }
        self.id = id.integer
        if let error = members["error"], !error.isNull {
            isFatal = error["fatal"]?.bool ?? false
            outcome = .failure(
                TrainerRefusal(
                    error: WhetError(trainer: error, at: place),
                    dropped: error["dropped"]?.array?.compactMap(\.string) ?? []))
        } else if let result = members["result"], result.object != nil {
            isFatal = false
            outcome = .success(result)
        } else {
            throw Nonsense(problem: "wrote a reply with neither a result nor an error: \(excerpt())")
        }
    }
}

extension WhetError {
    /// A trainer's error in its own words; a text alone is one too.
    fileprivate init(trainer error: JSONValue, at place: String) {
        func text(_ key: String) -> String? { error[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            text("problem") ?? error.string ?? "the trainer gave an error without a sentence: \(error.excerpt)",
            at: text("place").map { "\(place), \($0)" } ?? place, expected: text("expected"),
            suggestion: text("suggestion"), remedy: text("remedy"))
    }
}
