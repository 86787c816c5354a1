import Foundation

/// What JSON is parsed from where it lies: bytes in one piece, such as `[UInt8]`, `Data` or a string's UTF-8.
public protocol JSONSource {
    /// Lends `body` all of the bytes.
    func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension [UInt8]: JSONSource {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

extension Data: JSONSource {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

extension String: JSONSource {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension UnsafeRawBufferPointer: JSONSource {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { body(self) }
}
