import Dispatch
import Foundation

/// Turns Ctrl-C and SIGTERM into a wish to stop; the second one ends the program at once, as it would without this.
///
/// Keep it alive as long as it is to listen.
final class InterruptSignals {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter onFirst: called once, on a thread of its own; the program goes on.
    init(onFirst: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            // The default would end the program before the source hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                onFirst()
            }
            source.activate()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}
