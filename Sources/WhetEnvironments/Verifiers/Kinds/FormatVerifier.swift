import WhetCore

/// The reply consists of tagged parts in order, such as `<think>…</think><answer>…</answer>`.
struct FormatVerifier: ConfigurableVerifier {
    static let kind = "format"
    static let summary = "the reply consists of tagged parts in order, such as <think>…</think><answer>…</answer>"
    static let settings = [
        VerifierSetting("tags", "the tags' names in order, such as [think, answer]"),
        VerifierSetting(
            "first_is_open", "true where the prompt's template has opened the first tag already; default false"),
        VerifierSetting("text_outside", "whether text may stand outside the tags; default false"),
        VerifierSetting("empty", "whether a tag may hold nothing but white space; default false"),
        VerifierSetting("graded", "true: the share of tags that are in order; default false: all or nothing"),
    ]

    private let tags: [String]
    private let firstIsOpen: Bool
    private let allowsTextOutside: Bool
    private let allowsEmpty: Bool
    private let isGraded: Bool

    init(settings: VerifierSettings) throws {
        tags = try settings.required("tags", settings.texts("tags"), "a list of names such as [think, answer]")
        firstIsOpen = try settings.flag("first_is_open", default: false)
        allowsTextOutside = try settings.flag("text_outside", default: false)
        allowsEmpty = try settings.flag("empty", default: false)
        isGraded = try settings.flag("graded", default: false)
        let place = settings.place(of: "tags")
        guard !tags.isEmpty, Set(tags).count == tags.count else {
            throw WhetError(
                "tags have to be there, and to differ", at: place, expected: "names such as [think, answer]")
        }
        for tag in tags where !tag.isTagName {
            throw WhetError(
                "\(tag.excerpt) is no tag's name", at: place, expected: "a name such as think, without < and >")
        }
    }

    func verify(_ response: Response) -> Verdict {
        let reply = (firstIsOpen ? "<\(tags[0])>" : "") + response.reply
        var rest = reply.utf8[...]
        var mistakes: [String] = []
        var outside: [Substring.UTF8View] = []
        for tag in tags {
            let count = (reply.count(of: "<\(tag)>"), reply.count(of: "</\(tag)>"))
            guard count == (1, 1) else {
                mistakes.append("<\(tag)> is there \(count.0) and </\(tag)> \(count.1) times")
                continue
            }
            guard let open = rest.firstPlace(of: "<\(tag)>".utf8),
                let close = rest[open.upperBound...].firstPlace(of: "</\(tag)>".utf8)
            else {
                mistakes.append("<\(tag)> is not in its place")
                continue
            }
            if !allowsEmpty, rest[open.upperBound..<close.lowerBound].isBlank { mistakes.append("<\(tag)> is empty") }
            outside.append(rest[..<open.lowerBound])
            rest = rest[close.upperBound...]
        }
        let orderly = tags.count - mistakes.count
        if mistakes.isEmpty, !allowsTextOutside, !(outside + [rest]).allSatisfy(\.isBlank) {
            mistakes.append("text stands outside the tags")
        }
        guard let mistake = mistakes.first else { return Verdict(1, "all tags are there in order") }
        // Text outside costs as much as a tag would.
        let checks = Double(tags.count + (allowsTextOutside ? 0 : 1))
        return Verdict(isGraded ? Double(orderly) / checks : 0, mistake)
    }
}

extension Substring.UTF8View {
    fileprivate var isBlank: Bool { String(Substring(self)).isBlank }
}

extension String {
    /// How often `text` stands here, without overlaps.
    fileprivate func count(of text: String) -> Int {
        var count = 0
        var rest = utf8[...]
        while let range = rest.firstPlace(of: text.utf8) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
