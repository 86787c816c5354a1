import Hummingbird
import WhetCore

/// Writes server-sent events as OpenAI's servers do: each a line `data: …`, the last `data: [DONE]`.
package enum EventStreamText {
    package static let headers: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
    ]

    /// - Parameter isLast: whether nothing follows.
    package static func buffer(_ texts: [JSONText], isLast: Bool = false) -> ByteBuffer {
        var buffer = ByteBuffer()
        for text in texts {
            buffer.writeString("data: ")
            buffer.writeBytes(text.bytes)
            buffer.writeString("\n\n")
        }
        if isLast { buffer.writeString("data: [DONE]\n\n") }
        return buffer
    }
}
