import WhetCore
import WhetHTTP

/// What a service said instead of doing what it was asked to.
public struct TinkerRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// Of HTTP.
    public var status: Int
    /// The service's own.
    public var words: String
    /// What was asked for.
    public var route: String
    /// For people: the service's address.
    public var service: String

    public init(status: Int, words: String, route: String, service: String) {
        self.status = status
        self.words = words
        self.route = route
        self.service = service
    }

    init(_ response: HTTPResponse, route: String, service: String, tries: Int = 1) {
        let words = Self.words(of: response.body) ?? response.excerpt()
        self.init(
            status: response.status, words: tries > 1 ? "\(words) (tried \(tries) times)" : words, route: route,
            service: service)
    }

    /// Whether the service knows the session, model or request no longer: it was started again, or heard nothing for
    /// too long.
    public var isLoss: Bool {
        let words = words.lowercased()
        return status == 404 || status == 410 || words.contains("not loaded") || words.contains("stale")
    }

    /// In a sentence for a person, with what to do.
    public var whetError: WhetError {
        WhetError(
            "the service refused \(route) with \(status): \(words)", at: service,
            remedy: status == 401 || status == 403 ? "look at the key in the variable that key_variable names" : nil)
    }

    public var description: String { whetError.description }

    /// What FastAPI (`detail`) and the hosted service (`error`, `message`) write; nil for anything else.
    static func words(of body: [UInt8]) -> String? {
        guard let root = try? JSONDocument(parsing: body).root else { return nil }
        if let detail = root["detail"] {
            if let words = detail.string { return words }
            let mistakes = (detail.elements ?? []).compactMap { mistake in
                mistake["msg"]?.string.map { words in
                    let place = (mistake["loc"]?.elements ?? []).compactMap { $0.string ?? $0.integer.map(String.init) }
                    return "\(place.joined(separator: ".")): \(words)"
                }
            }
            if !mistakes.isEmpty { return mistakes.joined(separator: "; ") }
        }
        return root["error"]?.string ?? root["error"]?["message"]?.string ?? root["message"]?.string
    }
}

/// A request that changes something was sent, its answer was lost, and the service would not recognize it again.
public struct TinkerLostAnswer: Error, Sendable, Hashable, CustomStringConvertible {
    public var route: String
    public var service: String
    /// What went wrong, in words.
    public var because: String

    public var whetError: WhetError {
        WhetError(
            "the answer to \(route) was lost, so nobody knows whether it was carried out: \(because)", at: service,
            expected: "a service that recognizes a repeated request by its seq_id",
            remedy: "run it again: it goes on from the last checkpoint")
    }

    public var description: String { whetError.description }
}
