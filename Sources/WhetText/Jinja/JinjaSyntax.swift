/// An expression of a template.
///
/// Keeps: `depth` is at most `deepest`, so that evaluating and releasing one never overflows the stack.
struct JinjaExpression: Sendable {
    static let deepest = 100

    indirect enum Kind: Sendable {
        case none
        case bool(Bool)
        case integer(Int)
        case number(Double)
        case string(String)
        case name(String)
        case list([JinjaExpression])
        case tuple([JinjaExpression])
        case dictionary([(key: JinjaExpression, value: JinjaExpression)])
        case negate(JinjaExpression)
        case plus(JinjaExpression)
        case not(JinjaExpression)
        case and(JinjaExpression, JinjaExpression)
        case or(JinjaExpression, JinjaExpression)
        case arithmetic(Arithmetic, JinjaExpression, JinjaExpression)
        /// `a ~ b ~ c`
        case concatenation([JinjaExpression])
        /// `a < b <= c`
        case comparison(JinjaExpression, [(Comparison, JinjaExpression)])
        /// `value if condition else otherwise`
        case choice(condition: JinjaExpression, value: JinjaExpression, otherwise: JinjaExpression?)
        case attribute(JinjaExpression, String)
        case item(JinjaExpression, JinjaExpression)
        case slice(JinjaExpression, start: JinjaExpression?, stop: JinjaExpression?, step: JinjaExpression?)
        case call(JinjaExpression, Arguments)
        case filter(JinjaExpression, Filter)
        case test(JinjaExpression, String, Arguments)
    }

    enum Arithmetic: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case floorDivide = "//"
        case remainder = "%"
        case power = "**"
    }

    enum Comparison: String, Sendable {
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case contained = "in"
        case notContained = "not in"
    }

    /// What stands in the parentheses of a call.
    struct Arguments: Sendable {
        var positional: [JinjaExpression] = []
        var named: [(name: String, value: JinjaExpression)] = []
        /// `*list` and `**dictionary`
        var spread, namedSpread: JinjaExpression?

        var all: [JinjaExpression] { positional + named.map(\.value) + [spread, namedSpread].compactMap { $0 } }
    }

    struct Filter: Sendable {
        let name: String
        let arguments: Arguments
        let line: Int
    }

    let kind: Kind
    let line: Int
    let depth: Int
}

/// A statement of a template.
struct JinjaStatement: Sendable {
    indirect enum Kind: Sendable {
        case text(String)
        case output(JinjaExpression)
        case conditional([(condition: JinjaExpression, body: [JinjaStatement])], otherwise: [JinjaStatement])
        case loop(Loop)
        case assign(Target, JinjaExpression)
        case assignBlock(Target, [JinjaExpression.Filter], [JinjaStatement])
        case macro(Macro)
        /// `{% call(parameters) macro() %}`: the body is what `caller()` gives within the macro.
        case call(Macro, JinjaExpression)
        case filterBlock([JinjaExpression.Filter], [JinjaStatement])
        /// A body in a scope of its own: `with`, `generation`, `block`.
        case scope([(Target, JinjaExpression)], [JinjaStatement])
        case breakLoop
        case continueLoop
    }

    struct Loop: Sendable {
        let target: Target
        let iterable: JinjaExpression
        let filter: JinjaExpression?
        let body: [JinjaStatement]
        let otherwise: [JinjaStatement]
    }

    /// What a value is assigned to.
    indirect enum Target: Sendable {
        case name(String)
        /// `namespace.attribute`
        case attribute(String, String)
        case several([Target])
    }

    struct Macro: Sendable {
        let name: String
        let parameters: [(name: String, fallback: JinjaExpression?)]
        let body: [JinjaStatement]
        /// Which of `varargs`, `kwargs` and `caller` the body mentions; only then may they be given.
        let extras: Set<String>
    }

    let kind: Kind
    let line: Int
}
