import Hummingbird
import WhetCore
import WhetEngine

/// A reply of server-sent events, each a line `data: …`, the last `data: [DONE]`.
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
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"],
            body: ResponseBody { writer in
                defer { ended() }
                var progress = progress
                var next = first
                do {
                    while let news = next {
                        let texts = news.flatMap { events(&progress, $0) }
                        if !texts.isEmpty { try await writer.write(EventStream.buffer(texts)) }
                        next = try await stream.next()
                    }
                } catch let error as WhetError {
                    try await writer.write(EventStream.buffer([RequestProblem(error).text]))
                    return try await writer.finish(nil)
                }
                var last = EventStream.buffer(closing(progress))
                last.writeString("data: [DONE]\n\n")
                try await writer.write(last)
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

    private static func buffer(_ texts: [JSONText]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for text in texts {
            buffer.writeString("data: ")
            buffer.writeBytes(text.bytes)
            buffer.writeString("\n\n")
        }
        return buffer
    }
}

extension RequestProblem {
    var text: JSONText {
        var text = JSONText()
        text.append(json)
        return text
    }
}
