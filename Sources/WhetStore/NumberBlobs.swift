import WhetCore

/// A number that is stored by its bits, lowest byte first.
protocol FixedWidthBits {
    associatedtype Bits: FixedWidthInteger
    var littleEndianBits: Bits { get }
    init(littleEndianBits: Bits)
}

extension Int32: FixedWidthBits {
    var littleEndianBits: Int32 { littleEndian }
    init(littleEndianBits bits: Int32) { self.init(littleEndian: bits) }
}

extension Float: FixedWidthBits {
    var littleEndianBits: UInt32 { bitPattern.littleEndian }
    init(littleEndianBits bits: UInt32) { self.init(bitPattern: UInt32(littleEndian: bits)) }
}

extension Array where Element: FixedWidthBits {
    /// The numbers' bytes, in order; without a copy on machines that lay numbers out this way.
    func withLittleEndianBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        #if _endian(little)
            try withUnsafeBytes(body)
        #else
            try map(\.littleEndianBits).withUnsafeBytes(body)
        #endif
    }

    /// - Throws: `WhetError` when a number at the end is cut.
    init(littleEndianBytes bytes: UnsafeRawBufferPointer) throws {
        let width = MemoryLayout<Element.Bits>.size
        guard bytes.count.isMultiple(of: width) else {
            throw WhetError("a blob of numbers has \(bytes.count) bytes", expected: "a multiple of \(width)")
        }
        self = stride(from: 0, to: bytes.count, by: width).map {
            Element(littleEndianBits: bytes.loadUnaligned(fromByteOffset: $0, as: Element.Bits.self))
        }
    }
}
