import WhetCore

extension AppTaskKind {
    /// Files alone.
    static let fileKinds = [
        AppTaskKind("look_into_file", level: 1, apps: ["files"], "say what a file notes") { draft in
            let code = String(draft.random.integer(1000...9999))
            let (thing, path) = draft.random.element(of: [
                ("bike lock", "/notes/bike.txt"), ("alarm", "/documents/alarm.txt"), ("garage", "/notes/garage.txt"),
            ])
            let other = String(draft.random.integer(1000...9999))
            draft.plantFile(path, "The old code was \(other) until spring.\nThe code of the \(thing) is now: \(code)\n")
            return AppScenario(
                draft.phrase(
                    "What is the code of the \(thing)? I wrote it into \(path).",
                    "Look into \(path) and tell me the current code of the \(thing).",
                    "I forgot the code of the \(thing), it is noted in \(path)."),
                ["path": .string(path)], answer: .text(code)
            ) { program in
                let words = try program.read(path).split(whereSeparator: \.isWhitespace)
                return words.last.map(String.init) ?? ""
            }
        },
        AppTaskKind("delete_file", level: 1, apps: ["files"], "delete a file") { draft in
            let file = draft.random.element(of: draft.world.files)
            return AppScenario(
                draft.phrase(
                    "Delete the file \(file.path).", "I don't need \(file.path) any more, remove it.",
                    "Please get rid of \(file.path)."),
                ["path": .string(file.path)], [.removed(file, "\(file.path) is gone")]
            ) { program in try program.call("files.delete_file", ["path": .string(file.path)]) }
        },
        AppTaskKind("move_file", level: 1, apps: ["files"], "give a file another path") { draft in
            let file = draft.random.element(of: draft.world.files)
            let path = "/archive/\(draft.random.integer(2019...2025))-\(file.name)"
            return AppScenario(
                draft.phrase(
                    "Move \(file.path) to \(path).", "The file \(file.path) belongs at \(path); put it there.",
                    "Give \(file.path) the new path \(path)."),
                ["path": .string(file.path), "new_path": .string(path)], .moved(file, to: path)
            ) { program in
                try program.call("files.move_file", ["path": .string(file.path), "new_path": .string(path)])
            }
        },
        AppTaskKind("add_line", level: 1, apps: ["files"], "add a line to the end of a file") { draft in
            let items = ["milk", "candles", "stamps", "batteries", "string", "soap", "rice", "paint"]
                .shuffled(using: &draft.random)
            let content = items.prefix(4).map { "- \($0)\n" }.joined()
            draft.plantFile("/notes/shopping.txt", content)
            let file = StoredFile(path: "/notes/shopping.txt", content: content)
            let line = "- \(items[4])"
            return AppScenario(
                draft.phrase(
                    "Add the line \"\(line)\" at the end of /notes/shopping.txt.",
                    "Put \"\(line)\" as a new last line into /notes/shopping.txt and keep the rest.",
                    "My list /notes/shopping.txt needs one more line at its end: \"\(line)\"."),
                ["line": .string(line)],
                [.changed(file, ["content": .string(content + line)], "the list has the new line at its end")]
            ) { program in
                let text = try program.read(file.path)
                try program.call(
                    "files.update_file", ["path": .string(file.path), "content": .string("\(text)\(line)\n")])
            }
        },
        AppTaskKind("sum_of_file", level: 2, apps: ["files"], "add up the amounts that a file lists") { draft in
            let topics = draft.random.sample(draft.random.integer(4...6 + draft.level), of: WorldWords.topics.count)
            let amounts = topics.map { _ in draft.random.integer(105...9995) }
            let lines = zip(topics, amounts).map { "2026, \(WorldWords.topics[$0]): $\($1.dollarText)\n" }
            draft.plantFile("/documents/expenses.txt", "My expenses\n" + lines.joined())
            let total = amounts.reduce(0, +)
            return AppScenario(
                draft.phrase(
                    "How much are my expenses in /documents/expenses.txt in all?",
                    "Add up the amounts in /documents/expenses.txt and tell me the total in dollars.",
                    "What do the dollar amounts listed in /documents/expenses.txt come to?"),
                [:], answer: .number(Double(total) / 100)
            ) { program in
                let lines = try program.read("/documents/expenses.txt").split(separator: "\n")
                let sum = lines.reduce(0.0) { sum, line in
                    sum + (line.split(separator: "$").dropFirst().first.flatMap { Double($0) } ?? 0)
                }
                return AppAnswer.written(sum)
            }
        },
        AppTaskKind(
            "tidy_folder", level: 2, apps: ["files"], needsPaging: true, "move all files of one sort into a folder"
        ) { draft in
            let (ending, folder) = draft.random.element(of: [
                ("pdf", "/papers"), ("jpg", "/pictures"), ("csv", "/tables"),
            ])
            let names = ["alpha", "bravo", "delta", "echo", "kilo", "lima", "oscar", "tango", "victor", "zulu"]
            let count = draft.random.integer(3...5)
            let chosen = draft.random.sample(count + 4, of: names.count).map { names[$0] }
            for (index, name) in chosen.enumerated() {
                draft.plantFile("/downloads/\(name).\(index < count ? ending : "zip")", "data of \(name)")
            }
            let files = draft.world.files.filter { $0.path.hasPrefix("/downloads/") && $0.path.hasSuffix(".\(ending)") }
            return AppScenario(
                draft.phrase(
                    "Move all .\(ending) files from /downloads to \(folder), under their names.",
                    "My downloads are a mess: every .\(ending) file in /downloads belongs in \(folder), same name.",
                    "Put each file of /downloads that ends in .\(ending) into the folder \(folder). Keep the names."),
                ["ending": .string(ending), "folder": .string(folder)],
                files.flatMap { [AppRequirement].moved($0, to: "\(folder)/\($0.name)") }
            ) { program in
                for entry in try program.list("files.list_files", ["folder": "/downloads"]) {
                    let path = entry.text("path")
                    guard path.hasSuffix(".\(ending)"), let name = path.split(separator: "/").last else { continue }
                    try program.call(
                        "files.move_file", ["path": .string(path), "new_path": .string("\(folder)/\(name)")])
                }
            }
        },
    ]
}

extension [AppRequirement] {
    /// A file is at another path.
    static func moved(_ file: StoredFile, to path: String) -> [AppRequirement] {
        [
            .removed(file, "nothing is at \(file.path)"),
            .added(
                StoredFile.table, ["path": .string(path), "content": .string(file.content)],
                "its text is at \(path)"),
        ]
    }
}
