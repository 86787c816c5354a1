import Foundation
import WhetEnvironments

/// The value of an arithmetic expression, by Python's rules: `+ - * / // **`, brackets, signs, decimals.
///
/// Keeps: whole numbers stay exact up to 127 bits; what is larger counts as infinite; nothing crashes or takes long.
/// RLVE-Gym hands such answers to Python's `eval`, so its grammar is theirs: leading zeros are an error, a line break
/// is one outside brackets.
struct Expression {
    enum Value {
        case whole(Int128)
        case real(Double)

        var double: Double {
            switch self {
            case .whole(let number): Double(number)
            case .real(let number): number
            }
        }
    }

    /// Not an expression, or one that divides by zero.
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var position = 0
    /// Brackets that are open.
    private var depth = 0
    /// Powers so far, which may nest.
    private var powers = 0
    /// Beyond it an expression counts as malformed, so that parsing cannot exhaust the stack. Python's is 200 brackets.
    private static let maximumDepth = 200

    /// - Throws: `Malformed`.
    static func value(of bytes: [UInt8]) throws -> Value {
        var parser = Expression(bytes: bytes)
        let value = try parser.sum()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw Malformed() }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func skipSpace() {
        while position < bytes.count {
            let byte = bytes[position]
            let isLineBreak = byte == 0x0A || byte == 0x0D
            guard byte == 0x20 || byte == 0x09 || byte == 0x0C || (isLineBreak && depth > 0) else { return }
            position += 1
        }
    }

    private mutating func peek() -> UInt8 {
        skipSpace()
        return position < bytes.count ? bytes[position] : 0
    }

    private func follows(_ byte: UInt8) -> Bool { position + 1 < bytes.count && bytes[position + 1] == byte }

    private mutating func sum() throws -> Value {
        var value = try product()
        while true {
            switch peek() {
            case UInt8(ascii: "+"):
                position += 1
                value = Self.combine(value, try product(), { $0.addingReportingOverflow($1) }, +)
            case UInt8(ascii: "-"):
                position += 1
                value = Self.combine(value, try product(), { $0.subtractingReportingOverflow($1) }, -)
            default:
                return value
            }
        }
    }

    private mutating func product() throws -> Value {
        var value = try signed()
        while true {
            switch peek() {
            case UInt8(ascii: "*") where !follows(UInt8(ascii: "*")):
                position += 1
                value = Self.combine(value, try signed(), { $0.multipliedReportingOverflow(by: $1) }, *)
            case UInt8(ascii: "/"):
                let isFloor = follows(UInt8(ascii: "/"))
                position += isFloor ? 2 : 1
                let divisor = try signed()
                guard divisor.double != 0 else { throw Malformed() }
                value = isFloor ? Self.floor(value, divisor) : .real(value.double / divisor.double)
            default:
                return value
            }
        }
    }

    private mutating func signed() throws -> Value {
        var isNegative = false
        while true {
            switch peek() {
            case UInt8(ascii: "-"): isNegative.toggle()
            case UInt8(ascii: "+"): break
            default:
                let value = try raised()
                guard isNegative else { return value }
                return Self.combine(.whole(0), value, { $0.subtractingReportingOverflow($1) }, -)
            }
            position += 1
        }
    }

    private mutating func raised() throws -> Value {
        let base = try atom()
        guard peek() == UInt8(ascii: "*"), follows(UInt8(ascii: "*")) else { return base }
        position += 2
        powers += 1
        guard powers <= Self.maximumDepth else { throw Malformed() }
        // The exponent binds to the right and may have a sign.
        return try Self.power(base, try signed())
    }

    private mutating func atom() throws -> Value {
        let first = peek()
        guard first == UInt8(ascii: "(") else { return try number() }
        position += 1
        depth += 1
        guard depth <= Self.maximumDepth else { throw Malformed() }
        let value = try sum()
        guard peek() == UInt8(ascii: ")") else { throw Malformed() }
        position += 1
        depth -= 1
        return value
    }

    private mutating func number() throws -> Value {
        let start = position
        while position < bytes.count, bytes[position].isDigit { position += 1 }
        let wholeEnd = position
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            while position < bytes.count, bytes[position].isDigit { position += 1 }
            guard position - start > 1 else { throw Malformed() }
            let text = "0" + String(decoding: bytes[start..<position], as: UTF8.self) + "0"
            guard let number = Double(text) else { throw Malformed() }
            return .real(number)
        }
        guard wholeEnd > start else { throw Malformed() }
        let digits = bytes[start..<wholeEnd]
        let hasLeadingZero = digits.count > 1 && digits.first == UInt8(ascii: "0")
        if hasLeadingZero, digits.contains(where: { $0 != UInt8(ascii: "0") }) { throw Malformed() }
        var value: Int128 = 0
        for digit in digits {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int128(digit - 0x30))
            if overflow || carry { return .real(.infinity) }
            value = sum
        }
        return .whole(value)
    }

    private static func combine(
        _ left: Value, _ right: Value, _ exact: (Int128, Int128) -> (Int128, Bool),
        _ rounded: (Double, Double) -> Double
    ) -> Value {
        if case .whole(let a) = left, case .whole(let b) = right {
            let (result, overflow) = exact(a, b)
            if !overflow { return .whole(result) }
        }
        return .real(rounded(left.double, right.double))
    }

    private static func floor(_ left: Value, _ right: Value) -> Value {
        if case .whole(let a) = left, case .whole(let b) = right, !(a == .min && b == -1) {
            let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
            return .whole(remainder != 0 && (remainder < 0) != (b < 0) ? quotient - 1 : quotient)
        }
        // Through the remainder, as Python does: the quotient itself may be rounded up to a whole number.
        let (a, b) = (left.double, right.double)
        let remainder = fmod(a, b)
        var quotient = (a - remainder) / b
        if remainder != 0, (b < 0) != (remainder < 0) { quotient -= 1 }
        return .real(quotient.rounded())
    }

    private static func power(_ base: Value, _ exponent: Value) throws -> Value {
        if case .whole(let a) = base, case .whole(let n) = exponent, n >= 0 {
            if a == 0 || a == 1 { return .whole(n == 0 ? 1 : a) }
            if a == -1 { return .whole(n % 2 == 0 ? 1 : -1) }
            var result: Int128 = 1
            // More factors than fit 127 bits are never multiplied.
            for _ in 0..<min(n, 128) {
                let (product, overflow) = result.multipliedReportingOverflow(by: a)
                if overflow { return .real(pow(Double(a), Double(n))) }
                result = product
            }
            return .whole(result)
        }
        if base.double == 0, exponent.double < 0 { throw Malformed() }
        // Not a number where it is complex.
        let result = pow(base.double, exponent.double)
        // Python has no infinite power of decimals, but an error.
        if result.isInfinite, base.double.isFinite, exponent.double.isFinite { throw Malformed() }
        return .real(result)
    }
}
