import Dispatch
import Synchronization

/// What others want of one thread, in the order in which they said so. Posting never blocks.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var isAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// - Returns: false when the mailbox is closed; nobody will read the message.
    func post(_ message: Message) -> Bool {
        let (isTaken, wakes) = state.withLock { state in
            if state.isClosed { return (false, false) }
            state.messages.append(message)
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if wakes { bell.signal() }
        return isTaken
    }

    /// All messages since the last call; sleeps until there is one if `waits`. For the one reading thread only.
    func take(waits: Bool) -> [Message] {
        while true {
            let messages = state.withLock { state in
                defer { state.messages = [] }
                if state.messages.isEmpty, waits { state.isAsleep = true }
                return state.messages
            }
            if !messages.isEmpty || !waits { return messages }
            bell.wait()
        }
    }

    /// Takes no more messages.
    ///
    /// - Returns: those that nobody has read.
    func close() -> [Message] {
        state.withLock { state in
            state.isClosed = true
            defer { state.messages = [] }
            return state.messages
        }
    }
}
