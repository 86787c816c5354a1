import Synchronization

/// Waits for everything that comes of a batch.
final class OutputCollector: Sendable {
    private struct State {
        var outputs: [GenerationEngine.Output?]
        var open: Int
        var error: (any Error)?
        var reader: CheckedContinuation<[GenerationEngine.Output], any Error>?
    }

    private let state: Mutex<State>

    init(count: Int, reader: CheckedContinuation<[GenerationEngine.Output], any Error>) {
        state = Mutex(State(outputs: Array(repeating: nil, count: count), open: count, reader: reader))
    }

    /// Called on the engine's thread.
    func take(_ event: Submission.Event, of index: Int) {
        let ended = state.withLock { state -> State? in
            switch event {
            case .sampled: return nil
            case .finished(let output): state.outputs[index] = output
            case .failed(let error): state.error = state.error ?? error
            }
            state.open -= 1
            guard state.open == 0 else { return nil }
            defer { state.reader = nil }
            return state
        }
        guard let ended, let reader = ended.reader else { return }
        if let error = ended.error {
            reader.resume(throwing: error)
        } else {
            reader.resume(returning: ended.outputs.compactMap { $0 })
        }
    }
}
