import Foundation

/// Bytes that lie together and can be read in place: `[UInt8]`, `Data`, a string's UTF-8.
public protocol ContiguousBytesSequence {
    func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension [UInt8]: ContiguousBytesSequence {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

extension Data: ContiguousBytesSequence {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

extension String: ContiguousBytesSequence {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension UnsafeRawBufferPointer: ContiguousBytesSequence {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { body(self) }
}
