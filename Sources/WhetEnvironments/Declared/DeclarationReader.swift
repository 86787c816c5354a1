import Foundation
import WhetCore
import WhetYAML

/// Reads the parts of an environment's file; what is wrong is noted, and nil takes its place.
struct DeclarationReader {
    let section: YAMLSection
    let file: URL
    let catalog: VerifierCatalog

    var mistakes: YAMLMistakes { section.mistakes }

    func origin(_ key: String, _ place: YAMLPlace) -> DeclaredOrigin {
        DeclaredOrigin(key: key, place: place)
    }

    /// nil where a mistake was noted.
    func declaration() -> Declaration? {
        let name = Self.name(section, file: file)
        let levels = levels()
        let problems = problems(levels)
        let system = template("system")
        let prompt = template("prompt")
        if section["prompt"] == nil {
            section.missing("prompt", expected: "a template, such as \"What is {{ a }} + {{ b }}?\"")
        }
        let judging = rubric()
        let turns = turns()
        let feedback = feedback()
        let demonstration = demonstration(turns: turns.count)
        if section["turns"] != nil, let other = section["feedback"] {
            mistakes.note("turns and feedback are both given", "feedback", at: other.place, expected: "one of the two")
        }
        guard let problems, let prompt, let judging else { return nil }
        let declaration = Declaration(
            file: file, name: name, summary: section.text("summary"), source: section.text("source"),
            license: section.text("license"), problems: problems, levels: levels.map(\.level), system: system,
            prompt: prompt, rubric: judging.rubric, judged: judging.judged, demonstration: demonstration, turns: turns,
            feedback: feedback)
        if case .generator(let generator) = problems { check(declaration, against: generator) }
        return mistakes.isEmpty ? declaration : nil
    }

    /// What recipes call it: the file's name unless it says another.
    static func name(_ section: YAMLSection, file: URL) -> String {
        let standard = file.deletingPathExtension().lastPathComponent
        guard let name = section.text("name") else { return standard }
        if name.contains(where: \.isNewline) || name.first?.isWhitespace == true || name.last?.isWhitespace == true {
            section.mistakes.note(
                "a name has no line breaks, nor white space at its ends", "name",
                at: section["name"]?.place ?? section.tree.place,
                expected: "such as \(standard)")
        }
        return name
    }

    private func template(_ name: String) -> DeclaredTemplate? {
        section[name].flatMap { DeclaredTemplate($0, section.path(of: name), mistakes) }
    }

    // MARK: Conversation

    private func turns() -> [DeclaredTemplate] {
        guard let list = section.list("turns") else { return [] }
        guard 1...100 ~= list.count else {
            mistakes.note(
                "\(list.count) turns are not possible", "turns", at: section["turns"]?.place ?? section.tree.place,
                expected: "1 to 100 templates")
            return []
        }
        return list.enumerated().compactMap { DeclaredTemplate($1, "turns.\($0)", mistakes) }
    }

    private func feedback() -> Declaration.Feedback? {
        guard let tree = section["feedback"],
            let inner = YAMLSection(tree, "feedback", keys: DeclarationSchema.feedback, mistakes)
        else { return nil }
        let attempts = inner.integer("attempts", in: 2...100)
        let message = inner["message"].flatMap { DeclaredTemplate($0, "feedback.message", mistakes) }
        if inner["attempts"] == nil { inner.missing("attempts", expected: "a whole number from 2 to 100") }
        if inner["message"] == nil {
            inner.missing("message", expected: "a template, such as \"That is wrong. Try again.\"")
        }
        let discount = inner.number("discount", in: 0...1) ?? 1
        guard let attempts, let message else { return nil }
        return Declaration.Feedback(attempts: attempts, message: message, discount: discount)
    }

    private func demonstration(turns: Int) -> [Declaration.Reply] {
        guard let list = section.list("demonstration"), let tree = section["demonstration"] else { return [] }
        // Replies before the last may call tools, whose answers nobody can write down beforehand.
        let callsTools = turns == 0 && section["tools"] != nil && !list.isEmpty
        guard callsTools || list.count == turns + 1 else {
            mistakes.note(
                "\(list.count) replies are given", "demonstration", at: tree.place,
                expected: turns == 0 ? "one reply" : "\(turns + 1) replies: one before each of the turns, and the last")
            return []
        }
        return list.enumerated().compactMap { index, tree in
            reply(tree, list.count == 1 ? "demonstration" : "demonstration.\(index)")
        }
    }

    private func reply(_ tree: YAMLTree, _ key: String) -> Declaration.Reply? {
        guard tree.members != nil else { return DeclaredTemplate(tree, key, mistakes).map(Declaration.Reply.template) }
        let keys = [DeclaredKey("field", "", "")]
        guard let inner = YAMLSection(tree, key, keys: keys, mistakes) else { return nil }
        guard let path = inner.text("field") else {
            if inner["field"] == nil { inner.missing("field", expected: "a field of the problem") }
            return nil
        }
        return .field(DeclaredField(path: FieldPath(path), origin: origin(key, tree.place)))
    }

    // MARK: Names

    private func check(_ declaration: Declaration, against generator: DeclaredGenerator) {
        let known = generator.variables.map(\.name)
        mistakes.check(declaration.names, known: known + Declaration.alwaysKnown, are: "variable")
        mistakes.check(declaration.namesInFollowUps, known: known + Declaration.knownInFollowUps, are: "variable")
    }
}
