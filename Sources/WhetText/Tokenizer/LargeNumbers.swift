import Foundation
import WhetCore

extension JSONValue {
    /// Reads JSON in which whole numbers may be larger than 64 bits, which whet's parser refuses: transformers writes
    /// `"model_max_length": 1000000000000000019884624838656` for a model without a limit.
    ///
    /// Such a number is read as the nearest `Double`.
    init(parsingLargeNumbers data: Data) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 8)
        var isInString = false
        var isEscaped = false
        var digits = 0
        var isWhole = true
        for byte in data {
            if !isInString {
                let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                let isFraction = [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(byte)
                if digits > 18, isWhole, !isDigit, !isFraction { bytes += Array(".0".utf8) }
                if isDigit {
                    digits += 1
                } else if isFraction {
                    isWhole = false
                } else if byte != UInt8(ascii: "-"), byte != UInt8(ascii: "+") {
                    (digits, isWhole) = (0, true)
                }
            }
            bytes.append(byte)
            if isEscaped {
                isEscaped = false
            } else if isInString, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            }
        }
        self = try JSONValue(parsing: bytes)
    }
}
