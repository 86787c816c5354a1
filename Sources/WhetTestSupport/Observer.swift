import Synchronization
import WhetProcess

/// Collects what a program does, and lets a test wait for it.
package final class Observer: Sendable {
    package struct Record: Sendable {
        package var output: [UInt8] = []
        package var complaints: [UInt8] = []
        package var deadlines = 0
        package var ending: Subprocess.Ending?
        package var text: String { String(decoding: output, as: UTF8.self) }
    }

    private struct State {
        var record = Record()
        var waiting: [(condition: @Sendable (Record) -> Bool, continuation: CheckedContinuation<Record, Never>)] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func receive(_ event: Subprocess.Event) {
        let ready = state.withLock { state -> [(CheckedContinuation<Record, Never>, Record)] in
            switch event {
            case .output(let bytes): state.record.output += bytes
            case .complaint(let bytes): state.record.complaints += bytes
            case .deadlinePassed: state.record.deadlines += 1
            case .ended(let ending): state.record.ending = ending
            }
            let record = state.record
            let ready = state.waiting.filter { $0.condition(record) }.map { ($0.continuation, record) }
            state.waiting.removeAll { $0.condition(record) }
            return ready
        }
        for (continuation, record) in ready { continuation.resume(returning: record) }
    }

    package func until(_ condition: @escaping @Sendable (Record) -> Bool) async -> Record {
        await withCheckedContinuation { continuation in
            let record = state.withLock { state -> Record? in
                if condition(state.record) { return state.record }
                state.waiting.append((condition, continuation))
                return nil
            }
            if let record { continuation.resume(returning: record) }
        }
    }

    package func end() async -> Record { await until { $0.ending != nil } }
}
