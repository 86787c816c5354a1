import Foundation
import WhetChecklists
import WhetCore
import WhetYAML

/// The `checklist` section of an environment's file: what the policy's messages are judged by.
struct DeclaredChecklist: Sendable {
    enum Source: Sendable {
        /// The items of each turn of the user, for every task anew.
        case turns([(items: TemplatedTree, path: String)])
        case fixed([Checklist])
        /// Where the problem has them.
        case field(String)
    }

    let source: Source
    let credit: ChecklistCredit
    /// What it counts beside the verifiers; nil where nobody said.
    let share: Double?
    let judge: DeclaredJudge?
    let file: String

    /// - Parameters:
    ///   - file: the environment's; a checklist's path counts from there.
    ///   - standard: where checklists are, unless the section says.
    /// - Returns: nil where a mistake was noted.
    init?(_ tree: YAMLTree, file: URL, standard: Source? = nil, _ mistakes: YAMLMistakes) {
        let keys = DeclarationSchema.checklist
        guard let section = YAMLSection(tree, "checklist", keys: keys, mistakes) else { return nil }
        let before = mistakes.count
        self.file = mistakes.file
        let source = Self.source(section, file: file, standard: standard)
        share = section.number("share", in: 0...1)
        var credit = ChecklistCredit()
        credit.delayDiscount = section.number("delay_discount", in: 0...1) ?? credit.delayDiscount
        credit.dependences = section.choice("dependences", DependenceRule.self) ?? credit.dependences
        credit.dividesByOpenWeight = section.flag("divide_by_open_weight") ?? credit.dividesByOpenWeight
        self.credit = credit
        judge = section["judge"].flatMap { DeclaredJudge($0, mistakes) }
        guard mistakes.count == before, let source else { return nil }
        self.source = source
    }

    private static func source(_ section: YAMLSection, file: URL, standard: Source?) -> Source? {
        let mistakes = section.mistakes
        let given = ["items", "turns", "file", "field"].filter { section[$0] != nil }
        if given.isEmpty, let standard { return standard }
        guard given.count == 1, let kind = given.first, let tree = section[kind] else {
            mistakes.note(
                given.isEmpty ? "there are no items" : "\(given.joined(separator: " and ")) are both given",
                "checklist",
                at: section.tree.place, expected: "items, turns, file or field")
            return nil
        }
        switch kind {
        case "items":
            let path = section.path(of: kind)
            return .turns([(TemplatedTree(tree, path, mistakes), path)])
        case "turns":
            guard let turns = tree.elements, !turns.isEmpty else {
                return section.wrong(tree, kind, expected: "a list of lists of items, one for each turn of the user")
            }
            return .turns(
                turns.enumerated().map { index, tree in
                    let path = section.path(of: "turns.\(index)")
                    return (TemplatedTree(tree, path, mistakes), path)
                })
        case "file":
            guard let path = section.text("file") else { return nil }
            do {
                return .fixed(
                    try ChecklistFile(URL(filePath: path, relativeTo: file.deletingLastPathComponent())).checklists)
            } catch {
                for mistake in error.mistakes { mistakes.note(elsewhere: mistake) }
                return nil
            }
        default: return section.text("field").map(Source.field)
        }
    }

    /// Its checklists for a problem.
    ///
    /// - Throws: `WhetError` with the first mistake, such as a template that gives no number where one is wanted.
    func checklists(of problem: JSONValue) throws -> [Checklist] {
        switch source {
        case .fixed(let checklists): return checklists
        case .field(let path): return try ChecklistRubric.Source.field(path).checklists(of: problem)
        case .turns(let turns):
            let mistakes = YAMLMistakes(file: file)
            let context = problem.object ?? [:]
            let rendered = try turns.map { (tree: try $0.items.rendered(context), path: $0.path) }
            let checklist = Checklist(turns: rendered, mistakes)
            if let error = mistakes.errors.first { throw error }
            return checklist.map { [$0] } ?? []
        }
    }

    /// Tries it on a problem, so that what is wrong is told before any work starts.
    func check(with problem: JSONValue, _ mistakes: YAMLMistakes) {
        if case .turns(let turns) = source, let known = problem.object?.keys {
            mistakes.check(turns.flatMap(\.items.names), known: Array(known), are: "field of the problem")
            guard mistakes.isEmpty else { return }
        }
        do {
            let items = try checklists(of: problem).flatMap(\.turns).flatMap(\.items)
            guard judge == nil, let item = items.first(where: { $0.check == nil }) else { return }
            mistakes.note(
                elsewhere: WhetError(
                    "nobody can judge the item \"\(item.id)\": it has no check, and there is no judge",
                    at: "\(file): checklist", expected: "a check for each item, or checklist.judge"))
        } catch {
            mistakes.note(elsewhere: error as? WhetError ?? WhetError("\(error)", at: file))
        }
    }
}
