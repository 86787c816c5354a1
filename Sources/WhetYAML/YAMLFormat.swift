/// What files of one kind may hold, and what people are told of them.
public struct YAMLFormat: Sendable {
    /// Nothing that people write is near this; a file that is was named by mistake.
    public static let maximumBytes = 1 << 20
    static let maximumDepth = 32
    let maximumValues: Int
    /// How many brackets may be open at once, those in texts counted too.
    let maximumBrackets: Int
    /// Whether `.nan`, `.inf` and what is beyond a `Double` are numbers; else they are text.
    let hasNonFiniteNumbers: Bool
    /// Whether mistakes in the tree name the dotted key as well as the place.
    let namesKeys: Bool
    let words: Words

    /// Where kinds of files differ in what is said.
    public struct Words: Sendable {
        /// What a file holds, such as "recipe".
        let kind: String
        /// What a sentence about its whole begins with.
        let whole: String
        /// What was expected of a file that is too big, and what to do.
        let size: (expected: String, remedy: String?)
        /// What was expected of a file that is no text, before ", saved as UTF-8".
        let text: String
        let emptiness: (problem: String, expected: String)
        /// What was expected of a line that begins with a tab.
        let indentation: String

        public init(
            kind: String, whole: String, size: (expected: String, remedy: String?), text: String,
            emptiness: (problem: String, expected: String), indentation: String
        ) {
            self.kind = kind
            self.whole = whole
            self.size = size
            self.text = text
            self.emptiness = emptiness
            self.indentation = indentation
        }
    }

    public init(
        maximumValues: Int, maximumBrackets: Int, hasNonFiniteNumbers: Bool, namesKeys: Bool, words: Words
    ) {
        self.maximumValues = maximumValues
        self.maximumBrackets = maximumBrackets
        self.hasNonFiniteNumbers = hasNonFiniteNumbers
        self.namesKeys = namesKeys
        self.words = words
    }
}
