import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// What holds for every kind of task.
@Suite("App tasks: kinds")
struct AppKindTests {
    @Test("there are enough of every sort, with names of their own")
    func spread() {
        let kinds = AppTaskKind.all
        #expect(kinds.count >= 30)
        #expect(Set(kinds.map(\.name)).count == kinds.count)
        #expect(kinds.count { $0.apps.count >= 2 } >= 12)
        #expect(kinds.count { $0.apps.count >= 3 || $0.needsPaging } >= 6)
        for level in 0...AppTaskKind.hardest { #expect(AppTaskKind.kinds(ofLevel: level).count >= 3) }
        for kind in kinds {
            #expect(!kind.summary.isEmpty && !kind.summary.hasSuffix("."))
            #expect(Set(kind.apps).isSubset(of: AppCatalog.apps.map(\.name)) && kind.apps == kind.apps.sorted())
        }
    }

    @Test("the reference solves it by calls of the apps that it names", arguments: AppTaskKind.all)
    func reference(_ kind: AppTaskKind) throws {
        var longest = 0
        for task in kind.tasks() {
            let (program, answer) = try task.solution()
            let score = task.score(program.world, answer)
            #expect(score.isSolved && score.reward == 1, "\(task.scenario.instruction)\n\(score.reason ?? "")")
            let called = Set(program.calls.compactMap { AppCatalog.function(named: $0.name)?.app })
            #expect(called.subtracting(["owner", "api_docs"]) == Set(kind.apps))
            #expect(program.calls.count * 3 / 2 <= AppTasks.mostCalls)
            longest = max(longest, program.calls.map { $0.result.array?.count ?? 0 }.max() ?? 0)
        }
        if kind.needsPaging { #expect(longest > AppParameter.pageSize) }
    }

    @Test("who does nothing, or says nothing, has not solved it and is paid nothing", arguments: AppTaskKind.all)
    func nothing(_ kind: AppTaskKind) throws {
        for task in kind.tasks() {
            for answer in [nil, "", "qzxv", AppAnswer.doneWord, "0", "1", task.scenario.instruction] {
                let score = task.score(task.world, answer)
                #expect(!score.isSolved && score.reward == 0, "\(answer ?? "nil"): \(task.scenario.instruction)")
            }
            let (program, _) = try task.solution()
            #expect(!task.score(program.world, nil).isSolved)
            #expect(!task.score(program.world, "qzxv").isSolved)
        }
    }

    @Test("one stray change fails, wherever it is", arguments: AppTaskKind.all)
    func strays(_ kind: AppTaskKind) throws {
        for task in kind.tasks(0..<4) {
            let (program, answer) = try task.solution()
            for (name, stray) in Self.strays {
                var world = program.world
                stray(&world)
                #expect(world != program.world)
                let score = task.score(world, answer)
                #expect(!score.isSolved && score.reward < 1, "\(name): \(task.scenario.instruction)")
                #expect(score.reason?.isEmpty == false)
            }
        }
    }

    /// Of each table one change, none of which any task asks for.
    private static let strays: [(String, @Sendable (inout AppWorld) -> Void)] = [
        ("a contact", { $0.contacts[0].relation += "?" }),
        ("a new file", { $0.files.append(StoredFile(path: "/stray.txt", content: "")) }),
        ("a file's text", { $0.files[0].content += "?" }),
        ("a message lost", { $0.mail.removeFirst() }),
        ("a message marked", { $0.mail[0].isStarred.toggle() }),
        ("a mail too many", { world in
            world.mail.append(
                Mail(
                    id: 99_999, folder: .sent, from: world.owner.email, to: ["a@b.example"], subject: "", body: "",
                    time: world.now))
        }),
        ("an event's notes", { $0.events[0].notes += "?" }),
        ("the cart", { $0.shop.cart.append(.init(product: $0.shop.products[0], quantity: 7)) }),
        ("the wish list", { $0.shop.wishes.removeLast() }),
        ("an order", { $0.shop.orders[0].status = .cancelled }),
        ("a review", { $0.shop.reviews.append(.init(product: $0.shop.products[0], stars: 0, text: "")) }),
    ]

    @Test("the same change twice is one too many, and half of the changes are half done", arguments: AppTaskKind.all)
    func doublesAndHalves(_ kind: AppTaskKind) throws {
        for task in kind.tasks(0..<4) where !task.scenario.requirements.isEmpty {
            let (program, answer) = try task.solution()
            if let sent = program.world.mail.last, !task.world.mail.contains(sent) {
                var world = program.world
                world.mail.append(
                    Mail(
                        id: sent.id + 1, folder: sent.folder, from: sent.from, to: sent.to, subject: sent.subject,
                        body: sent.body, time: sent.time, attachments: sent.attachments, answers: sent.answers))
                #expect(!task.score(world, answer).isSolved)
            }
            // What each prefix of the calls has done never scores more than the whole.
            var world = task.world
            var last = 0.0
            for call in program.calls {
                _ = AppCatalog.call(call.name, call.arguments, in: &world)
                let score = task.score(world, answer)
                #expect(score.reward <= 1)
                if score.isSolved { #expect(call == program.calls.last || score.reward == 1) }
                last = score.reward
            }
            #expect(last == 1)
            #expect(world == program.world)
        }
    }

    @Test("the same seed makes the same task, another one another", arguments: AppTaskKind.all)
    func determinism(_ kind: AppTaskKind) throws {
        let (tasks, again) = (kind.tasks(), kind.tasks())
        for (one, other) in zip(tasks, again) {
            #expect(one.world == other.world && one.problem == other.problem)
            #expect(one.scenario.instruction == other.scenario.instruction)
            let read = try AppTask(problem: JSONValue(parsing: one.problem.text()))
            #expect(read.world == one.world && read.scenario.answer == one.scenario.answer)
        }
        #expect(Set(tasks.map(\.world)).count == tasks.count)
        #expect(Set(tasks.map(\.scenario.instruction)).count > 1)
    }

    /// Worlds that were made before must not be judged by others: whoever changes what is generated raises the version.
    @Test("what is generated is what it was under this version")
    func version() {
        let fingerprints = AppTaskKind.all.map { kind in
            let task = AppTask(kind, level: kind.level, seed: 11)
            let records = task.world.records.map { "\($0.table) \(JSONValue.object($0.json).text())" }
            let text = ([task.scenario.instruction, task.world.now.text] + records).joined(separator: "\n")
            return Int(truncatingIfNeeded: RandomStream.key(seed: 0, purpose: text, []))
        }
        let fingerprint = RandomStream.key(seed: UInt64(AppWorld.version), purpose: "worlds", fingerprints)
        #expect(
            String(fingerprint, radix: 36) == "1uj3kfvljkupc",
            "raise AppWorld.version and write the new figure here")
    }

    @Test("what is to be found out stands in no instruction", arguments: AppTaskKind.all)
    func secrets(_ kind: AppTaskKind) throws {
        for task in kind.tasks() {
            let words = task.scenario.instruction
            if case .text(let answer) = task.scenario.answer { #expect(!words.contains(answer), "\(words)") }
            if case .number(let number) = task.scenario.answer {
                #expect(!words.numbers.contains(number), "\(words)")
            }
            for account in task.world.accounts { #expect(!words.contains(account.password)) }
        }
    }

    @Test(
        "a problem that no task can be made of is told",
        arguments: [
            "null", #"{"kind": "no_such", "level": 0, "seed": "1", "version": 1}"#,
            #"{"kind": "phone_number", "level": 99, "seed": "1", "version": 1}"#,
            #"{"kind": "phone_number", "level": 0, "seed": "-1", "version": 1}"#,
            #"{"kind": "phone_number", "level": 0, "seed": "1", "version": 0}"#,
        ])
    func unreadable(problem: String) throws {
        let problem = try JSONValue(parsing: problem)
        #expect(throws: WhetError.self) { try AppTask(problem: problem) }
    }
}
