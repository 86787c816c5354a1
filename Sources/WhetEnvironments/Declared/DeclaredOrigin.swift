import WhetCore
import WhetYAML

/// Where a part of an environment's file was written: what errors say of it, long after the file was read.
struct DeclaredOrigin: Sendable {
    /// The dotted key.
    let key: String
    let place: YAMLPlace

    func error(_ problem: String, expected: String? = nil, remedy: String? = nil) -> WhetError {
        error(WhetError(problem, expected: expected, remedy: remedy), at: place)
    }

    /// What somebody found wrong with this part, at a place within it.
    func error(_ error: WhetError, at place: YAMLPlace) -> WhetError {
        var error = error
        error.problem = "\(key): \(error.problem)"
        error.place = place.description
        return error
    }
}
