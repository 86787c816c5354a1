/// Puts the calls of one model into the order in which their client numbered them, from 1; those without a number are
/// due as they come.
///
/// Keeps: a number is due once; a number that came before its turn waits for those before it.
struct CallOrder<Call> {
    /// The next number that is due.
    private(set) var next = 1
    /// Those that came before their turn; nil for one that was refused, whose turn passes.
    private var early: [Int: Call?] = [:]

    /// - Parameters:
    ///   - call: nil for one that was refused.
    ///   - number: at least 1, and not taken yet.
    /// - Returns: what is due now, in its order.
    mutating func arrive(_ call: Call?, number: Int?) -> [Call] {
        guard let number else { return [call].compactMap { $0 } }
        guard isFree(number) else { return [] }
        early[number] = .some(call)
        var due: [Call] = []
        while let call = early.removeValue(forKey: next) {
            next += 1
            if let call { due.append(call) }
        }
        return due
    }

    /// Whether no call had the number yet.
    func isFree(_ number: Int) -> Bool { number >= next && early[number] == nil }

    /// Whether any waits for a number that has not come.
    var isWaiting: Bool { !early.isEmpty }

    /// Takes those that wait for a number that never came; the next number is then one after them.
    mutating func takeEarly() -> [Call] {
        let waiting = early.sorted { $0.key < $1.key }
        next = (waiting.last?.key).map { $0 + 1 } ?? next
        early = [:]
        return waiting.compactMap(\.value)
    }
}

extension CallOrder: Sendable where Call: Sendable {}
