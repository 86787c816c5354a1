/// The printable characters that stand for the 256 bytes in a byte-level vocabulary (GPT-2's `bytes_to_unicode`):
/// a printable Latin-1 character stands for its own code, the other bytes take the characters from U+0100 on.
enum ByteAlphabet {
    /// The character of each byte.
    static let characters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0..<256).map { (byte: UInt32) in
            if isPrintable(byte), let scalar = Unicode.Scalar(byte) { return scalar }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? " "
        }
    }()

    private static func isPrintable(_ byte: UInt32) -> Bool {
        (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
    }

    /// The byte of each character, by its code; −1 for what stands for none.
    private static let byteOfScalar: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x100 + 256)
        for (byte, scalar) in characters.enumerated() { table[Int(scalar.value)] = Int16(byte) }
        return table
    }()

    /// The bytes that a vocabulary entry stands for; nil if a character of it is not of the alphabet.
    static func bytes(of entry: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entry.utf8.count)
        for scalar in entry.unicodeScalars {
            guard scalar.value < 0x200, let byte = UInt8(exactly: byteOfScalar[Int(scalar.value)]) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// The vocabulary entry of the bytes.
    static func entry(of bytes: some Sequence<UInt8>) -> String {
        var entry = ""
        for byte in bytes { entry.unicodeScalars.append(characters[Int(byte)]) }
        return entry
    }
}
