/// Finds a token by its bytes. Open addressing over one flat store, so that a look-up allocates nothing.
struct TokenTable: Sendable {
    private var slots: [Slot]
    private var store: [UInt8] = []
    private(set) var count = 0

    private struct Slot {
        var start: UInt32 = 0
        var length: UInt32 = 0
        var token: Int32 = -1
        var hash: UInt32 = 0
    }

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
    }

    /// Adds a token; of two with the same bytes the first stays.
    mutating func insert(_ bytes: [UInt8], token: Int32) {
        if count * 2 >= slots.count { grow() }
        bytes.withUnsafeBufferPointer { bytes in
            let hash = Self.hash(bytes)
            let index = place(of: bytes, hash)
            guard slots[index].token < 0 else { return }
            slots[index] = Slot(start: UInt32(store.count), length: UInt32(bytes.count), token: token, hash: hash)
            store.append(contentsOf: bytes)
            count += 1
        }
    }

    func token(of bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
        let token = slots[place(of: bytes, Self.hash(bytes))].token
        return token < 0 ? nil : token
    }

    func token(of bytes: [UInt8]) -> Int32? { bytes.withUnsafeBufferPointer(token(of:)) }

    /// The slot that holds the bytes, or the free one where they belong.
    private func place(of bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> Int {
        let mask = slots.count - 1
        var index = Int(hash) & mask
        while true {
            let slot = slots[index]
            if slot.token < 0 { return index }
            if slot.hash == hash, slot.length == UInt32(bytes.count), holds(bytes, at: Int(slot.start)) { return index }
            index = (index + 1) & mask
        }
    }

    private func holds(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        for index in 0..<bytes.count where store[start + index] != bytes[index] { return false }
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.token >= 0 {
            var index = Int(slot.hash) & mask
            while slots[index].token >= 0 { index = (index + 1) & mask }
            slots[index] = slot
        }
    }

    /// FNV-1a, mixed at the end so that the low bits are good ones.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash ^= hash >> 32
        return UInt32(truncatingIfNeeded: hash &* 0x9E37_79B9_7F4A_7C15 >> 32)
    }
}
