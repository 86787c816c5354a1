import Hummingbird
import NIOCore
import Synchronization

/// Tells whoever answers a request that its client has gone.
///
/// Keeps: one request at a time is answered on a connection. A client that closes its sending side counts as gone.
package final class ConnectionWatch: Sendable {
    package init() {}

    /// What to call when a connection closes, by connection; nil while nobody wants to know.
    private let connections = Mutex<[ObjectIdentifier: (@Sendable () -> Void)?]>([:])

    /// Goes into the pipeline of every connection.
    func handler() -> any RemovableChannelHandler { ClosingHandler(watch: self) }

    /// Runs `body`, and `gone` should the client leave meanwhile; at once if it has left already.
    package func watching<Result>(
        _ channel: any Channel, gone: @escaping @Sendable () -> Void, _ body: () async throws -> Result
    ) async rethrows -> Result {
        begin(channel, gone)
        defer { end(channel) }
        return try await body()
    }

    /// The first half of `watching`, for answers that outlive a function.
    package func begin(_ channel: any Channel, _ gone: @escaping @Sendable () -> Void) {
        let isOpen = connections.withLock { connections in
            connections[ObjectIdentifier(channel)].map { _ in
                connections[ObjectIdentifier(channel)] = .some(gone)
                return true
            } ?? false
        }
        if !isOpen { gone() }
    }

    package func end(_ channel: any Channel) {
        connections.withLock { connections in
            if connections[ObjectIdentifier(channel)] != nil { connections[ObjectIdentifier(channel)] = .some(nil) }
        }
    }

    fileprivate func opened(_ channel: any Channel) {
        connections.withLock { $0[ObjectIdentifier(channel)] = .some(nil) }
    }

    fileprivate func closed(_ channel: any Channel) {
        let gone = connections.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
        gone??()
    }
}

private final class ClosingHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    private let watch: ConnectionWatch

    init(watch: ConnectionWatch) { self.watch = watch }

    func handlerAdded(context: ChannelHandlerContext) { watch.opened(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { watch.closed(context.channel) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { watch.closed(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch.closed(context.channel)
        context.fireChannelInactive()
    }
}
