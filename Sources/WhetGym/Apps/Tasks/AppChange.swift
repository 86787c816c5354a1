import WhetCore

/// One record that differs between two states of a world.
struct AppChange: Hashable, Sendable {
    let table: String
    let key: String
    /// nil: it was not there.
    let before: JSONObject?
    /// nil: it is there no longer.
    let after: JSONObject?

    /// What was done, for a person.
    var summary: String {
        switch (before, after) {
        case (nil, let after?): "\(table) \(key) was added: \(JSONValue.object(after).text().prefix(200))"
        case (_?, nil): "\(table) \(key) was removed"
        default: "\(table) \(key) was changed in \(changedFields.sorted().joined(separator: ", "))"
        }
    }

    /// The members that differ.
    var changedFields: Set<String> {
        let names = Set(before?.keys.elements ?? []).union(after?.keys.elements ?? [])
        return names.filter { before?[$0] != after?[$0] }
    }
}

extension AppWorld {
    /// What differs in `other`, by the order of the records, those that are new last.
    func changes(to other: AppWorld) -> [AppChange] {
        struct Place: Hashable { let table, key: String }
        let (old, new) = (records, other.records)
        let places = { (state: RecordState) in Place(table: state.table, key: state.key) }
        let later = Dictionary(new.map { (places($0), $0.json) }, uniquingKeysWith: { $1 })
        let earlier = Set(old.map(places))
        let changed = old.compactMap { state -> AppChange? in
            let after = later[places(state)]
            guard after != state.json else { return nil }
            return AppChange(table: state.table, key: state.key, before: state.json, after: after)
        }
        return changed
            + new.filter { !earlier.contains(places($0)) }.map {
                AppChange(table: $0.table, key: $0.key, before: nil, after: $0.json)
            }
    }
}
