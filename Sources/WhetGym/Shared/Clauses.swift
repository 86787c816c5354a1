import WhetCore
import WhetEnvironments

/// What SAT and TwoSAT share.
enum Clauses {
    static func prompt(_ clauses: [[Literal]], variables count: Int) -> String {
        let lines = clauses.map { clause in
            clause.map { $0.isPositive ? "x[\($0.variable)]" : "not x[\($0.variable)]" }.joined(separator: " or ")
        }
        return """
            Give each of x[0] to x[\(count - 1)] the value 0 (false) or 1 (true) such that all of these hold:
            \(lines.joined(separator: "\n"))
            Answer with the \(count) values in order, on one line, separated by spaces.
            """
    }

    /// −1 other than a 0 or 1 for each variable, else (share of clauses that hold)¹⁰.
    static func score(_ answer: Answer, _ clauses: [[Literal]], variables count: Int) -> Double {
        guard let values = answer.integers, values.count == count, values.allSatisfy({ $0 == 0 || $0 == 1 }) else {
            return -1
        }
        var right = 0
        for clause in clauses where holds(clause, values) { right += 1 }
        return share(right, of: clauses.count, exponent: 10)
    }

    static func holds(_ clause: [Literal], _ values: [Int]) -> Bool {
        for literal in clause where (values[literal.variable] == 1) == literal.isPositive { return true }
        return false
    }

    /// How many clauses a variable: 1.0, 1.1, … 5.0.
    static func count(variables: Int, random: inout RandomStream) -> Int {
        Int(Double(random.integer(10...50)) / 10 * Double(variables))
    }

    /// A clause over `variables` that `values` fulfil.
    static func clause(_ variables: [Int], true values: [Int], random: inout RandomStream) -> [Literal] {
        while true {
            let clause = variables.map { Literal($0, random.chance(0.5)) }
            if holds(clause, values) { return clause }
        }
    }
}
