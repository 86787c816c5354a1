/// Runs a `SplitProgram` over UTF-8 by backtracking: the first alternative that matches wins, as in Oniguruma.
///
/// Keeps: an attempt ends after at most (instructions × bytes) steps. Once it has taken `patience` steps it remembers
/// each state that it comes to; a state met before has failed, since nothing but instruction and position counts.
struct SplitMatcher {
    private static let patience = 4096

    private struct Frame {
        var instruction: Int
        var position: Int
        /// How far back (greedy) or how many more (lazy) the run that left this frame may go.
        var limit: Int
        /// The set of a lazy run; −1 for a plain branch, −2 for a greedy run.
        var set: Int
    }

    private let program: SplitProgram
    private let text: UnsafeBufferPointer<UInt8>
    private var frames: [Frame] = []

    init(_ program: SplitProgram, text: UnsafeBufferPointer<UInt8>) {
        self.program = program
        self.text = text
    }

    /// - Parameter start: the offset of a scalar.
    /// - Returns: where the match that begins at `start` ends.
    mutating func match(at start: Int) -> Int? {
        var candidates: UInt64 = .max
        if start < text.count, text[start] < 0x80 { candidates = program.entriesByASCII[Int(text[start])] }
        for (index, entry) in program.entries.enumerated() where candidates >> UInt64(index) & 1 == 1 {
            if let end = run(from: entry, at: start) { return end }
        }
        return nil
    }

    private mutating func run(from entry: Int, at start: Int) -> Int? {
        let base = frames.count
        defer { frames.removeLast(frames.count - base) }
        var instruction = entry
        var position = start
        var steps = 0
        var visited: Set<UInt64> = []

        while true {
            steps += 1
            var fails = false
            if steps > Self.patience {
                fails = !visited.insert(UInt64(instruction) << 40 | UInt64(position)).inserted
            }
            if !fails {
                switch program.instructions[instruction] {
                case .set(let set):
                    let next = following(position, in: set)
                    fails = next < 0
                    if !fails { position = next }
                    instruction += 1
                case .run(let set, let least, let most, let greed):
                    let begin = position
                    fails = !take(set, atLeast: least, atMost: most, greed, at: &position)
                    instruction += 1
                    if !fails, greed != .possessive {
                        leaveFrame(instruction, set, least, most, greed, begin: begin, position: position)
                    }
                case .attempt(let otherwise):
                    frames.append(Frame(instruction: otherwise, position: position, limit: position, set: -1))
                    instruction += 1
                case .prefer(let preferred):
                    frames.append(Frame(instruction: instruction + 1, position: position, limit: position, set: -1))
                    instruction = preferred
                case .jump(let target): instruction = target
                case .lookahead(let negated, let next):
                    fails = (run(from: instruction + 1, at: position) != nil) == negated
                    instruction = next
                case .atomic(let next):
                    if let end = run(from: instruction + 1, at: position) { position = end } else { fails = true }
                    instruction = next
                case .start:
                    fails = position != 0
                    instruction += 1
                case .end:
                    fails = position != text.count
                    instruction += 1
                case .accept: return position
                }
            }
            if fails {
                guard resume(&instruction, &position, above: base) else { return nil }
            }
        }
    }

    /// Takes the scalars of a run: as few as allowed if lazy, else as many.
    @inline(__always)
    private func take(
        _ set: Int, atLeast least: Int, atMost most: Int, _ greed: SplitPattern.Greed, at position: inout Int
    ) -> Bool {
        let wanted = greed == .lazy ? least : most
        var count = 0
        while count < wanted {
            let next = following(position, in: set)
            if next < 0 { break }
            position = next
            count += 1
        }
        return count >= least
    }

    @inline(__always)
    private mutating func leaveFrame(
        _ instruction: Int, _ set: Int, _ least: Int, _ most: Int, _ greed: SplitPattern.Greed, begin: Int,
        position: Int
    ) {
        if greed == .lazy {
            if most > least {
                frames.append(Frame(instruction: instruction, position: position, limit: most - least, set: set))
            }
        } else if position > begin {
            var lowest = begin
            for _ in 0..<least { lowest = following(lowest, in: set) }
            if position > lowest {
                frames.append(Frame(instruction: instruction, position: position, limit: lowest, set: -2))
            }
        }
    }

    /// Goes back to the last choice that is left.
    private mutating func resume(_ instruction: inout Int, _ position: inout Int, above base: Int) -> Bool {
        while frames.count > base {
            var frame = frames.removeLast()
            instruction = frame.instruction
            position = frame.position
            if frame.set == -1 { return true }
            if frame.set == -2 {  // a greedy run gives back one scalar
                repeat { position -= 1 } while text[position] & 0xC0 == 0x80
                frame.position = position
                if position > frame.limit { frames.append(frame) }
                return true
            }
            let next = following(position, in: frame.set)  // a lazy run takes one more
            if next < 0 { continue }
            position = next
            frame.position = next
            frame.limit -= 1
            if frame.limit > 0 { frames.append(frame) }
            return true
        }
        return false
    }

    /// The offset after the scalar at `position` if that is in the set; −1 if it is not, or at the end.
    @inline(__always)
    private func following(_ position: Int, in set: Int) -> Int {
        guard position < text.count else { return -1 }
        let (scalar, next) = text.scalar(at: position)
        return program.sets[set].contains(scalar) ? next : -1
    }
}
