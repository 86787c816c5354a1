import WhetCore

/// A split pattern compiled for `SplitMatcher`: instructions, and the sets that they ask for as bit maps.
///
/// Keeps: at most `mostInstructions` of them; every jump leads to an instruction.
struct SplitProgram: Sendable {
    enum Instruction: Sendable {
        /// One scalar of a set.
        case set(Int)
        /// Scalars of one set, by far the most frequent repetition.
        case run(set: Int, atLeast: Int, atMost: Int, SplitPattern.Greed)
        /// Goes on at the next instruction; if that fails, at `otherwise`.
        case attempt(otherwise: Int)
        /// Goes on at `preferred`; if that fails, at the next instruction.
        case prefer(Int)
        case jump(Int)
        /// The instructions up to `next` must (or must not) match here; nothing is consumed.
        case lookahead(negated: Bool, next: Int)
        /// The instructions up to `next` match here in their first way only.
        case atomic(next: Int)
        case start
        case end
        case accept
    }

    static let mostInstructions = 20_000

    private(set) var instructions: [Instruction] = []
    /// Where each alternative of the whole pattern begins, in order.
    private(set) var entries: [Int] = []
    /// For each ASCII scalar the alternatives (a bit each) that can begin with it.
    private(set) var entriesByASCII: [UInt64] = []
    /// The sets that instructions name by number.
    private(set) var sets: [ScalarBitmap] = []

    private var setNumbers: [ScalarSet: Int] = [:]

    init(_ pattern: SplitPattern) throws {
        let alternatives =
            if case .alternation(let choices) = pattern, choices.count <= 64 { choices } else { [pattern] }
        for alternative in alternatives {
            entries.append(instructions.count)
            try compile(alternative, isLast: true)
            try emit(.accept)
        }
        let firsts = alternatives.map { $0.isNullable ? ScalarSet.every : $0.first }
        entriesByASCII = (0..<128).map { (scalar: UInt32) in
            firsts.indices.reduce(UInt64(0)) { firsts[$1].contains(scalar) ? $0 | 1 << UInt64($1) : $0 }
        }
        setNumbers = [:]
    }

    /// - Parameter isLast: nothing of the pattern comes after this part, so it is never asked to give back.
    private mutating func compile(_ pattern: SplitPattern, isLast: Bool) throws {
        switch pattern {
        case .set(let set): try emit(.set(number(of: set)))
        case .sequence(let parts):
            for (index, part) in parts.enumerated() {
                try compile(part, isLast: isLast && index == parts.count - 1)
            }
        case .alternation(let choices):
            var jumps: [Int] = []
            for (index, choice) in choices.enumerated() {
                guard index < choices.count - 1 else {
                    try compile(choice, isLast: isLast)
                    break
                }
                let attempt = try emit(.attempt(otherwise: 0))
                try compile(choice, isLast: isLast)
                jumps.append(try emit(.jump(0)))
                instructions[attempt] = .attempt(otherwise: instructions.count)
            }
            for jump in jumps { instructions[jump] = .jump(instructions.count) }
        case .repetition(.set(let set), let least, let most, let greed):
            let taken: SplitPattern.Greed = isLast && greed == .greedy ? .possessive : greed
            try emit(.run(set: number(of: set), atLeast: least, atMost: most ?? .max, taken))
        case .repetition(let inner, let least, let most, .possessive):
            try compile(.atomic(.repetition(inner, atLeast: least, atMost: most, .greedy)), isLast: isLast)
        case .repetition(let inner, let least, let most, let greed):
            try compile(inner, atLeast: least, atMost: most, greed)
        case .lookahead(let inner, let negated):
            let look = try emit(.lookahead(negated: negated, next: 0))
            try compile(inner, isLast: true)
            try emit(.accept)
            instructions[look] = .lookahead(negated: negated, next: instructions.count)
        case .atomic(let inner):
            let atomic = try emit(.atomic(next: 0))
            try compile(inner, isLast: true)
            try emit(.accept)
            instructions[atomic] = .atomic(next: instructions.count)
        case .start: try emit(.start)
        case .end: try emit(.end)
        }
    }

    /// A repetition of more than a set: the inner part written out as often as it must match, then a loop or options.
    private mutating func compile(
        _ inner: SplitPattern, atLeast least: Int, atMost most: Int?, _ greed: SplitPattern.Greed
    ) throws {
        for _ in 0..<least { try compile(inner, isLast: false) }
        var exits: [Int] = []
        func branch(_ program: inout SplitProgram) throws {
            exits.append(try program.emit(.jump(0)))
        }
        guard let most else {
            let loop = instructions.count
            try branch(&self)
            try compile(inner, isLast: false)
            try emit(.jump(loop))
            close(exits, greed)
            return
        }
        for _ in least..<max(least, most) {
            try branch(&self)
            try compile(inner, isLast: false)
        }
        close(exits, greed)
    }

    private mutating func close(_ exits: [Int], _ greed: SplitPattern.Greed) {
        for exit in exits {
            instructions[exit] = greed == .lazy ? .prefer(instructions.count) : .attempt(otherwise: instructions.count)
        }
    }

    @discardableResult
    private mutating func emit(_ instruction: Instruction) throws -> Int {
        guard instructions.count < Self.mostInstructions else {
            throw WhetError("the split pattern is too large", expected: "at most \(Self.mostInstructions) steps")
        }
        instructions.append(instruction)
        return instructions.count - 1
    }

    private mutating func number(of set: ScalarSet) -> Int {
        if let number = setNumbers[set] { return number }
        let number = setNumbers.count
        setNumbers[set] = number
        sets.append(ScalarBitmap(set))
        return number
    }
}
