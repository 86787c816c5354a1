import WhetCore
import WhetStore

extension Recipe {
    /// The recipe that a stored run began with.
    ///
    /// Keeps: a run is never gone on with by a recipe that means something else now: one that lacks a key of today's,
    /// or has one that is gone, is refused and not filled up or cut.
    ///
    /// - Parameter build: the version of whet that reads it.
    /// - Throws: `WhetError` that names the run, the key, and the version of whet that can.
    public init(of run: RunRecord, readBy build: String) throws {
        let recipe: Recipe
        do {
            let stored = try JSONValue(parsing: run.recipe)
            recipe = try Recipe(json: stored)
            if let key = stored.firstKey(missingIn: try recipe.json) {
                throw WhetError("the key \"\(key.last ?? "")\" is unknown", at: key.dropLast().joined(separator: "."))
            }
        } catch let error as WhetError {
            let place = error.place.map { $0.isEmpty ? "" : "\($0): " } ?? ""
            throw WhetError(
                "whet \(build) cannot read the recipe that this run began with, under whet \(run.build): "
                    + "\(place)\(error.problem)",
                at: run.id, expected: error.expected,
                remedy:
                    "go on with the whet that began it; or start a new run from its newest checkpoint, as policy.model")
        }
        self = recipe
    }
}

extension JSONValue {
    /// The path of the first member, at any depth, that `other` has not.
    fileprivate func firstKey(missingIn other: JSONValue) -> [String]? {
        switch (self, other) {
        case (.object(let own), .object(let others)):
            for (name, value) in own {
                guard let counterpart = others[name] else { return [name] }
                if let key = value.firstKey(missingIn: counterpart) { return [name] + key }
            }
        case (.array(let own), .array(let others)):
            for (index, (value, counterpart)) in zip(own, others).enumerated() {
                if let key = value.firstKey(missingIn: counterpart) { return ["\(index)"] + key }
            }
        default: break
        }
        return nil
    }
}
