import WhetCore
import WhetYAML

/// How the answer is read, judged and rewarded. The verifiers check their own settings; here their mistakes get a line.
extension DeclarationReader {
    /// nil where a mistake was noted.
    func rubric() -> (rubric: Rubric, judged: [DeclaredField])? {
        let before = mistakes.count
        var settings: JSONObject = [:]
        if let tree = section["answer"] {
            settings["answer"] = tree.value
            noting("answer", tree) { _ = try AnswerReader(settings: tree.value, at: "answer") }
        }
        if let tree = section["reward"] {
            guard YAMLSection(tree, "reward", keys: DeclarationSchema.reward, mistakes) != nil else { return nil }
            for member in tree.members ?? [] { settings[member.name] = member.value.value }
        }
        guard let list = section.list("verifiers"), !list.isEmpty else {
            if section["verifiers"] == nil, section["checklist"] != nil {
                guard mistakes.count == before else { return nil }
                let reader = try? settings["answer"].map { try AnswerReader(settings: $0, at: "answer") }
                return (Rubric([], reader: reader ?? .tag), [])
            }
            if section["verifiers"] == nil || section.list("verifiers")?.isEmpty == true {
                section.missing("verifiers", expected: "a list, such as [{kind: exact}]")
            }
            return nil
        }
        settings["criteria"] = .array(list.map(\.value))
        var judged: [DeclaredField] = []
        for (index, tree) in list.enumerated() {
            let key = "verifiers.\(index)"
            noting(key, tree) { _ = try Rubric.Criterion(settings: tree.value, at: key, worst: 0, catalog: catalog) }
            judged += fields(readBy: tree, key)
        }
        guard mistakes.count == before else { return nil }
        do {
            return (try Rubric(settings: .object(settings), at: "reward", catalog: catalog), judged)
        } catch let error as WhetError {
            // What is wrong with the whole is either a key of `reward`, or the verifiers taken together.
            let name = error.place?.split(separator: ",").last?.trimmingPrefix(" ") ?? ""
            if let tree = section["reward"]?[String(name)] {
                mistakes.note(error, "reward.\(name)", at: tree.place)
            } else {
                mistakes.note(error, "verifiers", at: section["verifiers"]?.place ?? section.tree.place)
            }
        } catch {
            mistakes.note("\(error)", "verifiers", at: section.tree.place)
        }
        return nil
    }

    /// Notes what `body` throws at the line of the setting that it speaks of.
    private func noting(_ key: String, _ tree: YAMLTree, _ body: () throws -> Void) {
        do { try body() } catch let error as WhetError {
            // "verifiers.0 (numeric), tolerance", or: there is no setting "tolerence".
            let last = error.place?.split(separator: ",").last.map { String($0.trimmingPrefix(" ")) } ?? ""
            let quoted = error.problem.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first ?? ""
            let member = tree.members?.first { $0.name == last } ?? tree.members?.first { $0.name == quoted }
            if let member {
                mistakes.note(error, key.dotted(member.name), at: member.place)
            } else {
                mistakes.note(error, key, at: tree.place)
            }
        } catch {
            mistakes.note("\(error)", key, at: tree.place)
        }
    }

    /// The fields of the problem that a verifier's settings name; `answer` where it compares and names none.
    private func fields(readBy tree: YAMLTree, _ key: String) -> [DeclaredField] {
        let kind = (tree["kind"]?.value ?? tree.value).string
        guard let entry = catalog.entries.first(where: { $0.kind == kind }) else { return [] }
        var fields: [DeclaredField] = []
        for member in tree.members ?? [] {
            let isField = member.value.members?.allSatisfy { ["field", "after"].contains($0.name) } ?? false
            let path =
                isField ? member.value["field"]?.value : member.name.hasSuffix("_field") ? member.value.value : nil
            guard let path = path?.string else { continue }
            fields.append(
                DeclaredField(path: FieldPath(path), origin: origin(key.dotted(member.name), member.value.place)))
        }
        if tree["expected"] == nil, entry.settings.contains(where: { $0.name == "expected" }) {
            fields.append(DeclaredField(path: FieldPath("answer"), origin: origin(key.dotted("expected"), tree.place)))
        }
        return fields
    }
}
