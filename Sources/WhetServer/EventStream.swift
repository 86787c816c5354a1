import Hummingbird
import WhetCore
import WhetEngine
import WhetServing

/// A reply that is written while it is sampled, as server-sent events.
enum EventStream {
    /// - Parameters:
    ///   - stream: what is being sampled.
    ///   - events: turns what happened into pieces of the reply.
    ///   - closing: the pieces after the last.
    ///   - ended: called when the last event is out or the client has gone.
    /// - Throws: what went wrong before the first event, so that it still gets a status of its own.
    static func response(
        _ stream: GenerationEngine.Stream, ended: @escaping @Sendable () -> Void,
        events: @escaping @Sendable (inout Progress, GenerationEngine.Stream.Event) -> [JSONText],
        closing: @escaping @Sendable (Progress) -> [JSONText], progress: Progress
    ) async throws -> Response {
        let first: [GenerationEngine.Stream.Event]?
        do { first = try await stream.next() } catch {
            ended()
            throw error
        }
        return Response(
            status: .ok, headers: EventStreamText.headers,
            body: ResponseBody { writer in
                defer { ended() }
                var progress = progress
                var next = first
                do {
                    while let news = next {
                        let texts = news.flatMap { events(&progress, $0) }
                        if !texts.isEmpty { try await writer.write(EventStreamText.buffer(texts)) }
                        next = try await stream.next()
                    }
                } catch let error as WhetError {
                    try await writer.write(EventStreamText.buffer([JSONText(RequestProblem(error).json)]))
                    return try await writer.finish(nil)
                }
                try await writer.write(EventStreamText.buffer(closing(progress), isLast: true))
                try await writer.finish(nil)
            })
    }

    /// What is known of a reply's choices while they are streamed.
    struct Progress: Sendable {
        struct Choice: Sendable {
            var assembler: TextAssembler
            var isFirst = true
            var offset = 0
            /// Only kept for replies that repeat what went before.
            var tokens: [SampledToken] = []
            var text = ""
        }

        var choices: [Choice]
        var outputs: [GenerationEngine.Output] = []
    }
}
