import WhetCore
import WhetServing

/// What is often wrong.
enum TinkerProblem {
    static func missing(_ kind: String, _ id: String, because reason: String) -> RequestProblem {
        RequestProblem(
            status: .notFound, message: "there is no \(kind) \"\(id)\": \(reason)", type: "invalid_request_error",
            code: "not_found")
    }

    static func reused(_ number: Int) -> RequestProblem {
        .badValue(
            "another call had the number \(number) already; expected numbers from 1 up, each once",
            parameter: "seq_id", code: "sequence_number_reused")
    }

    static func megabytes(_ bytes: Int) -> String {
        bytes >= 1_000_000_000
            ? "\((Double(bytes) / 1e8).rounded() / 10) GB" : "\(max(1, bytes / 1_000_000)) MB"
    }
}
