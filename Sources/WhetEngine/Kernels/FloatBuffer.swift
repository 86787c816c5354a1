/// Floats at an address that stays, on a cache line's boundary; zero at first. For one owner, never shared.
final class FloatBuffer {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    init(_ count: Int) {
        self.count = count
        let bytes = max(64, count * MemoryLayout<Float>.stride)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        pointer = raw.bindMemory(to: Float.self, capacity: max(1, count))
        pointer.initialize(repeating: 0, count: max(1, count))
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    /// A copy.
    var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    func clear() { pointer.update(repeating: 0, count: count) }
}
