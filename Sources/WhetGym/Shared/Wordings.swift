import WhetCore

/// The ways to put a question about two numbers; a problem keeps the number of one of them.
struct Wordings: Sendable {
    private let texts: [@Sendable (Int, Int) -> String]

    init(_ texts: [@Sendable (Int, Int) -> String]) { self.texts = texts }

    var numbers: [Int] { Array(texts.indices) }

    /// RLVE-Gym has more wordings than we do, so that its numbers come round again.
    func text(_ number: Int, _ a: Int, _ b: Int) -> String {
        texts[Int(number.magnitude % UInt(texts.count))](a, b) + " Answer with the number alone."
    }
}
