import Synchronization

/// Something that is made when it is first asked for.
///
/// Keeps: it is made once; who comes while it is being made waits for it; what could not be made is tried again by the
/// next who asks.
public final class OnDemand<Value: Sendable>: Sendable {
    private let make: @Sendable () async throws -> Value
    private let making = Mutex<Task<Value, any Error>?>(nil)

    public init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

    /// - Throws: what making it throws.
    public func value() async throws -> Value {
        let task = making.withLock { making in
            if let making { return making }
            let task = Task { [make] in try await make() }
            making = task
            return task
        }
        do { return try await task.value } catch {
            making.withLock { if $0 == task { $0 = nil } }
            throw error
        }
    }

    /// nil where nobody has asked for it, or it could not be made.
    public func ifMade() async -> Value? {
        guard let task = making.withLock({ $0 }) else { return nil }
        return try? await task.value
    }
}
