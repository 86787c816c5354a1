import Foundation

/// Floats at an address that stays, on a cache line's boundary; zero at first. For one owner, never shared.
///
/// Keeps: memory that nobody touches is never taken from the system, so that large buffers may be made for the worst case.
final class FloatBuffer {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int
    private let allocation: UnsafeMutableRawPointer

    init(_ count: Int) {
        self.count = count
        let line = 64
        // A large allocation of calloc is fresh memory, which is zero without being written.
        guard let allocation = calloc(1, max(1, count) * MemoryLayout<Float>.stride + line) else {
            fatalError("the system has no memory for \(count) numbers")
        }
        self.allocation = allocation
        pointer = allocation.alignedUp(toMultipleOf: line).bindMemory(to: Float.self, capacity: max(1, count))
    }

    deinit { free(allocation) }

    func clear() { pointer.update(repeating: 0, count: count) }
}
