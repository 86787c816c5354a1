import Hummingbird
import NIOCore
import WhetCore

/// Why a request is refused, in OpenAI's form.
///
///     {"error": {"message": …, "type": …, "param": …, "code": …}}
package struct RequestProblem: Error {
    package var status: HTTPResponse.Status
    /// What was wrong, and what was expected, for a person.
    package var message: String
    package var type: String
    /// The key that was wrong.
    package var parameter: String?
    package var code: String?
    /// Whether, and after how many seconds, it may be tried again.
    package var retryAfter: Int?

    /// A value that is not what it should be.
    package static func badValue(_ message: String, parameter: String?, code: String? = nil) -> RequestProblem {
        RequestProblem(
            status: .badRequest, message: message, type: "invalid_request_error", parameter: parameter, code: code)
    }

    package init(
        status: HTTPResponse.Status, message: String, type: String, parameter: String? = nil, code: String? = nil,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.message = message
        self.type = type
        self.parameter = parameter
        self.code = code
        self.retryAfter = retryAfter
    }

    /// Whatever was thrown on the way to an answer.
    package init(_ error: any Error) {
        switch error {
        case let problem as RequestProblem: self = problem
        case let error as WhetError:
            self = .badValue(error.sentence, parameter: error.place)
        case is CancellationError:
            self.init(
                status: .serviceUnavailable, message: "the server is stopping", type: "unavailable_error",
                code: "stopping")
        default:
            self.init(status: .internalServerError, message: "\(error)", type: "server_error")
        }
    }

    package var json: JSONValue {
        [
            "error": [
                "message": .string(message), "type": .string(type), "param": parameter.map(JSONValue.string) ?? .null,
                "code": code.map(JSONValue.string) ?? .null,
            ]
        ]
    }

    package var response: Response {
        var response = Response(status: status, json: json)
        if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
        return response
    }
}

extension WhetError {
    /// The error in one line.
    package var sentence: String {
        [
            problem, suggestion.map { "did you mean \"\($0)\"?" }, expected.map { "expected \($0)" },
            remedy.map { "try: \($0)" },
        ].compactMap { $0 }.joined(separator: "; ")
    }
}

extension Response {
    package init(status: HTTPResponse.Status = .ok, json: JSONValue) {
        self.init(status: status, text: JSONText(json))
    }

    package init(status: HTTPResponse.Status = .ok, text: JSONText) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: text.bytes)))
    }
}
