import WhetCore
import WhetYAML

// What is checked among the items of a turn: that ids are unique, dependences lead somewhere and to an end, that every
// item can be met, and that the weights make a whole.

extension ChecklistReader {
    /// How far from 1 the weights of a turn may sum; as CM2's own check.
    static let weightTolerance = 1e-6

    func check(_ items: [WrittenItem], at place: YAMLPlace, _ path: String) {
        checkWeights(items, at: place, path)
        guard checkIDs(items, path) else { return }
        let byID = Dictionary(uniqueKeysWithValues: items.map { ($0.item.id, $0) })
        for (index, written) in items.enumerated() {
            checkDependences(of: written, among: byID, "\(path).\(index)")
        }
        checkCycles(items, path)
    }

    private func checkWeights(_ items: [WrittenItem], at place: YAMLPlace, _ path: String) {
        let sum = items.reduce(0) { $0 + $1.item.weight }
        guard abs(sum - 1) > Self.weightTolerance else { return }
        let remedy =
            sum > 0
            ? "divide each by \(Self.short(sum)): "
                + items.map { "\($0.item.id) \(Self.short($0.item.weight / sum))" }.joined(separator: ", ")
            : "give each item its share" + (style == .handwritten ? ", or leave out all of them for equal ones" : "")
        mistakes.note(
            "the weights of this turn's items sum to \(Self.short(sum))", path, at: place, expected: "a sum of 1",
            remedy: remedy)
    }

    /// At most four decimals.
    private static func short(_ number: Double) -> String {
        let rounded = (number * 10_000).rounded() / 10_000
        return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
    }

    private func checkIDs(_ items: [WrittenItem], _ path: String) -> Bool {
        var first: [String: YAMLPlace] = [:]
        var areUnique = true
        for (index, written) in items.enumerated() {
            let place = written.place(of: "id")
            if let other = first[written.item.id] {
                areUnique = false
                mistakes.note(
                    "a second item has the id \"\(written.item.id)\"", "\(path).\(index).id", at: place,
                    expected: "an id that no other item of the turn has", remedy: "the first is at \(other)")
            } else {
                first[written.item.id] = place
            }
        }
        return areUnique
    }

    private func checkDependences(of written: WrittenItem, among byID: [String: WrittenItem], _ path: String) {
        for (index, name) in written.item.dependences.enumerated() {
            let place = written.place(of: "dependence.\(index)")
            guard let other = byID[name] else {
                let others = byID.keys.filter { $0 != written.item.id }.sorted()
                mistakes.note(
                    "there is no item \"\(name)\" in this turn to depend on", "\(path).dependence", at: place,
                    expected: others.isEmpty
                        ? "nothing: it is the turn's only item" : "one of \(others.joined(separator: ", "))",
                    suggestion: name.nearest(among: others))
                continue
            }
            // A turn ends with the reply, so no step is left for what waits for it.
            if other.item.focus == .reply, name != written.item.id {
                mistakes.note(
                    "\"\(written.item.id)\" can never be met: \"\(name)\" is met by the reply that ends the turn, and "
                        + "items are met in later steps than what they depend on",
                    "\(path).dependence", at: place,
                    expected: "an item that looks at \(ChecklistItem.Focus.toolContent.rawValue), as in CM2, or at an "
                        + "earlier step's calls or thinking",
                    remedy: "drop this dependence, or depend on the item that the reply needs")
            }
        }
    }

    /// Notes each cycle once, at its first item, and what waits for one.
    private func checkCycles(_ items: [WrittenItem], _ path: String) {
        let dependences = Dictionary(uniqueKeysWithValues: items.map { ($0.item.id, $0.item.dependences) })
        var stuck = Set(dependences.keys)
        var resolves = true
        while resolves {
            let free = stuck.filter { id in !(dependences[id] ?? []).contains(where: stuck.contains) }
            stuck.subtract(free)
            resolves = !free.isEmpty
        }
        var told: Set<String> = []
        for (index, written) in items.enumerated() where stuck.contains(written.item.id) {
            let id = written.item.id
            guard !told.contains(id) else { continue }
            if let cycle = Self.cycle(through: id, dependences) {
                told.formUnion(cycle)
                mistakes.note(
                    "items depend on each other in a circle: \((cycle + [id]).joined(separator: " → "))",
                    "\(path).\(index).dependence", at: written.place(of: "dependence"),
                    expected: "dependences that come to an end", remedy: "drop one of these dependences")
            } else {
                mistakes.note(
                    "\"\(id)\" can never be met: it waits for items that depend on each other in a circle",
                    "\(path).\(index).dependence", at: written.place(of: "dependence"),
                    remedy: "break that circle first")
            }
        }
    }

    /// The shortest way from an item through its dependences back to it, without the way's end; nil if there is none.
    private static func cycle(through id: String, _ dependences: [String: [String]]) -> [String]? {
        var ways: [[String]] = [[id]]
        var visited: Set<String> = []
        while !ways.isEmpty {
            let way = ways.removeFirst()
            for next in dependences[way[way.count - 1]] ?? [] {
                if next == id { return way }
                if visited.insert(next).inserted { ways.append(way + [next]) }
            }
        }
        return nil
    }
}
