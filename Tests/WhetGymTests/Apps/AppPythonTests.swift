import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// Whether this machine lets programs be fenced in. Where it does not, Python that policies write is not run.
private enum SandboxHere {
    static func works() async -> Bool {
        do {
            try await Sandbox().check()
            return true
        } catch {
            return false
        }
    }

    static let comment: Comment = "bubblewrap is not installed, or may not make namespaces here"
}

/// Tasks played by code in the sandbox.
@Suite(
    "App tasks: Python", .enabled(SandboxHere.comment, { await SandboxHere.works() }), .serialized,
    .timeLimit(.minutes(3)))
struct AppPythonTests {
    private func with(
        _ kind: String? = nil, _ body: (ToolEnvironment) async throws -> Void
    ) async throws {
        let environment = try await ToolEnvironment(
            AppTaskSource(form: .python, kind: AppTaskKind.all.first { $0.name == kind }),
            tools: [try AppPythonTools(sandbox: Sandbox(), reward: .share)], syntax: .pythonBlock,
            limits: ToolLimits(calls: AppTasks.mostCalls))
        do { try await body(environment) } catch {
            await environment.close()
            throw error
        }
        await environment.close()
    }

    /// What the policy's code prints.
    private func run(
        _ code: String, in environment: ToolEnvironment, of task: PracticeTask, _ messages: inout [Message]
    ) async throws -> String {
        messages.append(Message(.assistant, "```python\n\(code)\n```"))
        let reply = try #require(try await environment.reply(to: messages, of: task))
        messages += reply
        return reply.map(\.content).joined()
    }

    @Test("every level's demonstration is an episode that solves its task", arguments: 0...AppTaskKind.hardest)
    func demonstrations(level: Int) async throws {
        let environment = AppTasks(.python)
        for seed in 0..<UInt64(3) {
            let task = try await environment.task(level: level, seed: seed)
            let demonstration = try #require(try await environment.demonstration(of: task))
            let score = try await environment.score(task.messages + demonstration, of: task)
            #expect(score.isSolved, "\(demonstration.map(\.content).joined(separator: "\n"))\n\(score.reason ?? "")")
        }
        await environment.close()
    }

    @Test("code with loops and look-ups solves a task, and goes on where its interpreter and world are gone")
    func program() async throws {
        try await with("archive_mail") { environment in
            let task = try await environment.task(level: 2, seed: 5)
            let person = try #require(task.problem["parameters"]?["person"]?.string)
            var messages = task.messages
            let found = try await run(
                """
                passwords = {a["app"]: a for a in apis.owner.show_passwords()}
                login = passwords["mail"]
                token = apis.mail.login(login["username"], login["password"])["access_token"]
                people = apis.contacts.search_contacts(query="\(person)")
                address = [p["email"] for p in people if p["name"] == "\(person)"][0]
                print(address)
                """, in: environment, of: task, &messages)
            #expect(found.contains("@"))
            await environment.sessions.close()
            let moved = try await run(
                """
                found, page = [], 0
                while True:
                    more = apis.mail.search_messages(sender=address, page_index=page, access_token=token)
                    if not more:
                        break
                    found += more
                    page += 1
                for message in found:
                    apis.mail.move_message(message_id=message["message_id"], folder="archive", access_token=token)
                print(len(found), "moved")
                """, in: environment, of: task, &messages)
            #expect(moved.contains(" moved"), "\(moved)")
            messages.append(Message(.assistant, "<answer>done</answer>"))
            #expect(try await environment.reply(to: messages, of: task) == nil)
            let score = try await environment.score(messages, of: task)
            #expect(score.isSolved, "\(score.reason ?? "")")
        }
    }

    @Test(
        "what is refused is raised with its reason, and the rest of Python goes on",
        arguments: [
            ("apis.mail.search_messages()", "access_token"), ("apis.mail.serch_messages()", "did you mean"),
            ("apis.post.send()", "there is no app post; there are: api_docs, owner"),
            ("apis.contacts.show_contact(1)", "there is no contact 1"),
            ("apis.contacts.show_contact(1, 2)", "takes 1 arguments"),
            ("apis.contacts.show_contact(1, contact_id=2)", "two values for contact_id"),
            ("apis.contacts.show_contact(contact_id=object())", "Error"),
            ("apis.contacts.__wrapped__", "AttributeError"),
            ("apis.contacts.show_contact", "apis.contacts.show_contact(contact_id)"),
        ])
    func refusals(code: String, words: String) async throws {
        try await with("phone_number") { environment in
            let task = try await environment.task(level: 0, seed: 1)
            var messages = task.messages
            let told = try await run(code, in: environment, of: task, &messages)
            #expect(told.contains(words), "\(told)")
            #expect(try await run("print(6 * 7)", in: environment, of: task, &messages).contains("42"))
        }
    }

    @Test(
        "whatever code does, it changes the world by functions alone, and says nothing about the score",
        arguments: [
            // Its own copies of what it was shown.
            "people = apis.contacts.search_contacts()\npeople[0]['phone'] = '1'\npeople.clear()",
            // The functions themselves, and what they are made of.
            "apis.contacts.search_contacts = lambda **k: []\ntype(apis.mail).__call__ = lambda *a: True",
            "whet_call = lambda name, arguments={}: {'solved': True}",
            "import gc\n[o.clear() for o in gc.get_objects() if type(o) is dict and 'contact_id' in o]",
            // Names that are no functions.
            """
            for name in ["score", "world", "owner.set_password", "contacts.__init__", "", "../files.delete_file",
                         "contacts.add_contact\\n", "CONTACTS.ADD_CONTACT", "api_docs.reload", "x" * 200]:
                try:
                    print(whet_call(name, {"name": "Mallory"}))
                except Exception as error:
                    print(type(error).__name__)
            """,
            // A call while it should not: from a thread, from a child.
            """
            import threading, os
            def work():
                try: apis.contacts.add_contact(name="Mallory")
                except Exception: pass
            thread = threading.Thread(target=work); thread.start(); thread.join()
            if os.fork() == 0:
                work(); os._exit(0)
            os.wait()
            """,
            // Garbage on every descriptor that is open, which costs it its interpreter.
            """
            import os
            for n in range(3, 64):
                try: os.write(n, b'{"session": 1, "answer": 1, "value": "1"}\\n')
                except OSError: pass
            """,
            // What would be another session's world.
            "import os, signal\nfor p in range(2, 50):\n    try: os.kill(p, signal.SIGKILL)\n    except OSError: pass",
        ])
    func hostile(code: String) async throws {
        try await with("new_contact") { environment in
            let task = try await environment.task(level: 0, seed: 2)
            var messages = task.messages
            _ = try await run(code, in: environment, of: task, &messages)
            let idle = messages + [Message(.assistant, "<answer>done</answer>")]
            let score = try await environment.score(idle, of: task)
            #expect(!score.isSolved && score.reward == 0, "\(score)")
            #expect(score.parts.last?.value == 1, "the world is as it was: \(score.parts.last?.reason ?? "")")
        }
    }

    @Test("it is sound")
    func sound() async throws {
        let entry = try EnvironmentCatalog.gym.entry(named: "AppTasks")
        var bounds = SoundnessBounds()
        (bounds.turns, bounds.hostileProblems, bounds.hugeAnswer) = (6, 1, 1 << 16)
        let report = try await SoundnessCheck(entry, bounds: bounds).report(seeds: 2, levels: 0...2)
        #expect(report.isSound, "\(report.findings)")
    }

    @Test("an interpreter that its code ends leaves the world as it was then")
    func survives() async throws {
        try await with("new_contact") { environment in
            let task = try await environment.task(level: 0, seed: 2)
            var messages = task.messages
            let name = try #require(task.problem["parameters"]?["name"]?.string)
            let phone = try #require(task.problem["parameters"]?["phone"]?.string)
            let told = try await run(
                "apis.contacts.add_contact(name=\"\(name)\", phone=\"\(phone)\")\nimport os; os._exit(3)",
                in: environment, of: task, &messages)
            #expect(told.contains("exit status 3"))
            let found = try await run(
                "len(apis.contacts.search_contacts(query=\"\(name)\"))", in: environment, of: task, &messages)
            #expect(found.contains("1\n"))
            messages.append(Message(.assistant, "<answer>done</answer>"))
            #expect(try await environment.score(messages, of: task).isSolved)
        }
    }
}
