import Hummingbird
import NIOCore
import WhetCore

extension Request {
    /// The whole body.
    ///
    /// - Throws: `RequestProblem` when it is larger than it may be.
    package func wholeBody(upTo maximumBytes: Int) async throws -> ByteBuffer {
        let tooLarge = RequestProblem(
            status: .contentTooLarge, message: "the body has more than \(maximumBytes) bytes",
            type: "invalid_request_error", code: "body_too_large")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > maximumBytes { throw tooLarge }
        do { return try await body.collect(upTo: maximumBytes) } catch is NIOTooManyBytesError { throw tooLarge }
    }

    /// - Throws: `RequestProblem` when the request is of another method.
    package func require(_ method: HTTPRequest.Method) throws {
        guard self.method != method else { return }
        throw RequestProblem(
            status: .methodNotAllowed, message: "\(uri.path) takes \(method), not \(self.method)",
            type: "invalid_request_error", code: "method_not_allowed")
    }
}

extension RequestProblem {
    package static func unknownPath(_ path: String, among paths: some Sequence<String>) -> RequestProblem {
        RequestProblem(
            status: .notFound, message: WhetError.unknownName(path, kind: "path", among: paths).sentence,
            type: "invalid_request_error", code: "unknown_path")
    }
}

extension ByteBuffer: JSONSource {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeReadableBytes(body)
    }
}
