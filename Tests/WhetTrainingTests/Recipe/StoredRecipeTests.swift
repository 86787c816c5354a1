import Testing
import WhetCore
import WhetStore

@testable import WhetTraining

@Suite("The recipe of a stored run")
struct StoredRecipeTests {
    private let recipe = Result { try Recipe(yaml: "environments: [{name: Sorting}]", catalog: .test) }

    private func record(_ recipe: String) -> RunRecord {
        RunRecord(id: "20261121-043000-sorting", recipe: recipe, build: "0.0.9", seed: 1)
    }

    @Test("is read as it was written")
    func whole() throws {
        let recipe = try recipe.get()
        #expect(try Recipe(of: record(recipe.json.text()), readBy: "0.1.0") == recipe)
    }

    @Test(
        "of another whet is refused: neither filled up nor cut",
        arguments: [
            ("scheduling", nil, #"rollout: the key "scheduling" is missing"#),
            ("steps_ahead", 3, #"rollout: the key "steps_ahead" is unknown"#),
            ("group_size", "eight", "rollout.group_size: the value is of the wrong type"),
        ] as [(String, JSONValue?, String)])
    func changed(_ key: String, _ value: JSONValue?, words: String) throws {
        var object = try #require(try recipe.get().json.object)
        var rollout = try #require(object["rollout"]?.object)
        rollout[key] = value
        object["rollout"] = .object(rollout)
        let text = JSONValue.object(object).text()
        let error = try #require(throws: WhetError.self) { try Recipe(of: record(text), readBy: "0.1.0") }
        #expect(error.problem.contains(words), "\(error)")
        #expect(error.problem.contains("under whet 0.0.9") && error.problem.contains("whet 0.1.0"))
        #expect(error.place == "20261121-043000-sorting" && error.remedy != nil)
    }

    @Test("that is no JSON is refused in words")
    func hostile() {
        for text in ["", "policy: new", "[]", "{"] {
            #expect(throws: WhetError.self) { try Recipe(of: record(text), readBy: "0.1.0") }
        }
    }
}

@Suite("Where a key was written")
struct RecipePlaceTests {
    @Test("is told by whichever of its names it was written under")
    func aliases() throws {
        let yaml = "environments:\n  - name: Multiplication\n    level: 9\n"
        let error = try #require(throws: RecipeError.self) { try Recipe(yaml: yaml, catalog: .test) }
        #expect(error.mistakes.map(\.key) == ["environments.0.levels"])
        #expect(error.mistakes.first?.line == 3)
        let overrides = ["environments.0.level=8"]
        let other = try #require(throws: RecipeError.self) {
            try Recipe(yaml: yaml, overrides: overrides, catalog: .test)
        }
        #expect(other.mistakes.first?.source == "--set environments.0.level")
    }
}
