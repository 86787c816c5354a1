import WhetCore
import WhetEnvironments

/// What CountdownEqual and CountdownClose share: levels, and how an answer is read.
enum Countdown {
    struct Settings { let operandCount, maximumOperand, maximumTarget: Int }

    /// Three operands at level 0, one more a level, up to a bound drawn from six.
    static func settings(level: Int, random: inout RandomStream) -> Settings {
        let maximum = 8 * random.integer(1...6)
        return Settings(operandCount: 3 + level, maximumOperand: maximum, maximumTarget: 10 * maximum)
    }

    enum Reading {
        case unreadable
        /// Other operands than those given, or no finite result.
        case invalid
        case value(Double)
    }

    /// The operands are looked at before anything else, as in RLVE-Gym: text without them is invalid, not unreadable.
    static func read(_ answer: Answer, operands: [Int]) -> Reading {
        guard let used = answer.digitRuns(atMost: operands.count) else { return .unreadable }
        guard used.count == operands.count, used.sorted() == operands.sorted() else { return .invalid }
        guard answer.bytes.allSatisfy(isAllowed), let value = try? Expression.value(of: answer.bytes) else {
            return .unreadable
        }
        return value.double.isFinite ? .value(value.double) : .invalid
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"),
            UInt8(ascii: "/"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "."), 0x20, 0x09, 0x0A, 0x0C, 0x0D:
            true
        default: false
        }
    }
}
