import Foundation
import Testing
import WhetCore
import WhetEnvironments
import WhetInference
import WhetRollouts

@testable import WhetAgents

@Suite("Playing a task with an agent", .timeLimit(.minutes(3)))
struct AgentPlayerTests {
    @Test("the environment scores what was said; what the policy sampled is trained on")
    func scoresTranscript() async throws {
        let server = ScriptedServer(saying: ["well", "yes"])
        let agent = Fixtures.python(
            """
            messages.append(said(chat(messages)))
            messages.append({"role": "user", "content": "really?"})
            chat(messages)
            """)
        let rollout = try await Fixtures.play(agent, on: server)
        #expect(rollout.status == .completed, "\(rollout.reason ?? "")")
        #expect(rollout.score?.isSolved == true)
        #expect(rollout.messages.map(\.content) == ["number 7", "well", "really?", "yes"])
        #expect(rollout.siblings.isEmpty && rollout.trajectory.spans.count == 4)
        #expect(rollout.trajectory.spans[0].tokens == (try Fixtures.plan().prompt))
        let format = try Fixtures.format()
        #expect(rollout.trajectory.spans[1].tokens == format.turn(saying: "well"))
        #expect(rollout.trajectory.spans[3].policy?.version == .initial)
        #expect(server.requests[1].tokens == rollout.trajectory.spans.prefix(3).flatMap(\.tokens))
    }

    @Test("its exit status scores, and only the two that are agreed", arguments: [0, 10, 1])
    func scoresExit(status: Int) async throws {
        let agent = Fixtures.python("chat(messages)\nsys.exit(\(status))", scoring: .exitStatus(unsolved: 10))
        let rollout = try await Fixtures.play(agent, on: ScriptedServer(saying: ["x"]))
        #expect(rollout.status == (status == 1 ? .failed : .completed))
        #expect(rollout.score?.reward == [0: 1, 10: 0][status])
    }

    @Test("its reward file scores")
    func scoresFile() async throws {
        let agent = Fixtures.python(
            "chat(messages)\nreward(0.25, reason=' '.join(sorted(task['problem'])))", scoring: .rewardFile,
            sharedKeys: ["hint"])
        let rollout = try await Fixtures.play(agent, on: ScriptedServer(saying: ["x"]))
        #expect(rollout.score == Score(reward: 0.25, isSolved: false, reason: "hint"))
    }

    @Test(
        "what cannot be judged has failed, with a reason and no score",
        arguments: [
            "pass",  // asks nothing
            "chat(messages)\nraise SystemExit(3)", "chat(messages)\nos.kill(os.getpid(), 9)", "chat(messages)\n1/0",
            "chat(messages)",  // writes no reward
            "chat(messages)\nopen(os.environ['WHET_REWARD'], 'w').write('garbage')",
            "chat(messages)\nreward(float('nan'))", "chat(messages)\nreward(1)\nsys.exit(1)",
            "chat(messages)\nopen(os.environ['WHET_REWARD'], 'w').write('{\\\"reward\\\": 1}')",
            "post('/chat/completions', b'garbage')\nreward(1)",  // only nonsense
        ])
    func fails(script: String) async throws {
        let rollout = try await Fixtures.play(
            Fixtures.python(script, scoring: .rewardFile), on: ScriptedServer(saying: ["x"]))
        #expect(rollout.status == .failed)
        #expect(rollout.score == nil)
        #expect(rollout.reason?.isEmpty == false)
        #expect(rollout.trajectory.count > 0)
    }

    @Test("a program that is not there, and one that may not be run")
    func failsToStart() async throws {
        for command in ["whet-no-such-program", "/etc/hostname"] {
            let rollout = try await Fixtures.play(AgentProgram([command]), on: ScriptedServer(saying: ["x"]))
            #expect(rollout.status == .failed && rollout.reason?.contains("program") == true)
        }
    }

    @Test("one that hangs is killed with all that it started", arguments: [true, false])
    func killsHanging(isIdle: Bool) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let script = """
            import subprocess
            child = subprocess.Popen(["sleep", "1000"])
            open("\(file.path)", "w").write(str(child.pid))
            chat(messages)
            time.sleep(1000)
            """
        let agent = Fixtures.python(
            script, totalTime: isIdle ? .seconds(100) : .seconds(12), idleTime: isIdle ? .seconds(12) : .seconds(100))
        let rollout = try await Fixtures.play(agent, on: ScriptedServer(saying: ["x"]))
        #expect(rollout.status == .failed)
        #expect(rollout.reason?.contains(isIdle ? "asked nothing" : "longer") == true, "\(rollout.reason ?? "")")
        let child = try #require(pid_t(try String(contentsOf: file, encoding: .utf8)))
        #expect(kill(child, 0) != 0 || isGone(child))
    }

    /// Dead, if not yet buried by the system's first process.
    private func isGone(_ process: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
        return status.split(separator: ")").last?.contains("Z") == true
    }

    @Test("at its limits it is scored as it is", arguments: [false, true])
    func truncates(isStubborn: Bool) async throws {
        let server = ScriptedServer(saying: ["yes"])
        let limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 400), maximumTurns: 1)
        let more = isStubborn ? "while True: chat(messages)" : "sys.exit(0 if chat(messages)[0] == 400 else 5)"
        let rollout = try await Fixtures.play(Fixtures.python("chat(messages)\n\(more)"), on: server, limits: limits)
        #expect(rollout.status == .truncated, "\(rollout.reason ?? "")")
        #expect(rollout.score?.isSolved == true)
        #expect(server.requests.count == 1)
    }

    @Test("parallel calls are samples of one rollout, each sampled token in one")
    func runsParallel() async throws {
        let server = ScriptedServer { request in
            try Fixtures.generation("answer \(request.tokens.count)", to: request)
        }
        let agent = Fixtures.python(
            """
            def ask(count): chat([{"role": "user", "content": "x " * count}])
            threads = [threading.Thread(target=ask, args=(count,)) for count in (1, 2, 3)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            chat(messages)
            """)
        let rollout = try await Fixtures.play(agent, on: server)
        #expect(rollout.status == .completed)
        #expect(rollout.siblings.count == 3)
        #expect(rollout.trajectory.spans[0].tokens == (try Fixtures.plan().prompt))
        #expect(rollout.messages.first?.content == "number 7")
        let lengths = rollout.trajectories.map(\.policyTokenCount)
        #expect(lengths.allSatisfy { $0 > 0 })
    }

    @Test("calls under way when it ends are stopped and not trained on")
    func dropsUnread() async throws {
        let server = ScriptedServer { request in
            if try Fixtures.format().tokenizer.decode(request.tokens).contains("forever") {
                try await Task.sleep(for: .seconds(1000))
            }
            return try Fixtures.generation("yes", to: request)
        }
        let agent = Fixtures.python(
            """
            threading.Thread(target=lambda: chat([{"role": "user", "content": "forever"}]), daemon=True).start()
            chat(messages)
            os._exit(0)
            """)
        let rollout = try await Fixtures.play(agent, on: server)
        #expect(rollout.status == .completed && rollout.siblings.isEmpty)
    }

    @Test("after its end its address is dead")
    func refusesLateCalls() async throws {
        let server = ScriptedServer(saying: ["yes"])
        try await AgentPlayer.withPlayer { agents in
            let agent = Fixtures.python(
                "chat(messages)\nreward(1, reason=os.environ['OPENAI_BASE_URL'])", scoring: .rewardFile)
            let first = try await Fixtures.player(agent, on: server, agents)
                .play(try Fixtures.plan(), limits: Fixtures.limits, version: nil)
            let url = try #require(first.score?.reason)
            let late = Fixtures.python(
                "os.environ['OPENAI_BASE_URL'], own = '\(url)', os.environ['OPENAI_BASE_URL']\nstatus = chat(messages)[0]\n"
                    + "os.environ['OPENAI_BASE_URL'] = own\nchat(messages)\nreward(status)", scoring: .rewardFile)
            let second = try await Fixtures.player(late, on: server, agents)
                .play(try Fixtures.plan(), limits: Fixtures.limits, version: nil)
            #expect(second.score?.reward == 401, "\(second.reason ?? "")")
        }
        #expect(server.requests.count == 2)
    }

    @Test("a server that fails, or has other weights, fails the rollout at once", arguments: ["server", "version"])
    func failsWithServer(part: String) async throws {
        let server = ScriptedServer { request in
            if part == "server" { throw WhetError("the server is gone") }
            return try Fixtures.generation("yes", to: request, version: 3)
        }
        let rollout = try await Fixtures.play(
            Fixtures.python("chat(messages)\ntime.sleep(1000)"), on: server)
        #expect(rollout.status == .failed)
        #expect(rollout.reason?.contains(part == "server" ? "gone" : "version 3") == true)
    }

    @Test("cancellation kills it and throws")
    func cancels() async throws {
        let (begun, report) = AsyncStream<Void>.makeStream()
        let server = ScriptedServer { _ in
            report.yield()
            try await Task.sleep(for: .seconds(1000))
            throw CancellationError()
        }
        let playing = Task { try await Fixtures.play(Fixtures.python("chat(messages)"), on: server) }
        for await _ in begun { break }
        playing.cancel()
        await #expect(throws: CancellationError.self) { try await playing.value }
    }

    @Test("it sees its task and where to call, and no other variable of whet's")
    func givesVariables() async throws {
        let agent = Fixtures.python(
            """
            chat(messages)
            stdin = json.load(sys.stdin)
            assert stdin == task and task["seed"] == "7" and task["environment"] == "YesWanted", task
            assert os.environ["OPENAI_API_KEY"] in os.environ["OPENAI_BASE_URL"] and os.path.isdir(os.environ["WHET_SCRATCH"])
            known = {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "USER", "TZ", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD"}
            others = [name for name in os.environ if name not in known and not name.strip("_").startswith(("OPENAI_", "WHET_", "PYENV_"))]
            reward(1, reason=",".join(others))
            """, scoring: .rewardFile)
        let rollout = try await Fixtures.play(agent, on: ScriptedServer(saying: ["x"]))
        #expect(rollout.score?.reason == "", "\(rollout.reason ?? "")")
    }
}

@Suite("Reading an agent's section")
struct AgentProgramTests {
    private func program(_ text: String) throws -> AgentProgram {
        try AgentProgram(settings: try JSONValue(parsing: text).object ?? [:], in: "/here", at: "a.yaml: agent")
    }

    @Test("all keys")
    func reads() throws {
        let program = try program(
            """
            {"command": ["python3", "a.py"], "variables": {"A": "b", "N": 3}, "score": "exit", "unsolved_exit": 4,
             "sampling": "refuse", "shares": ["files"], "total_seconds": 60, "idle_seconds": 0.5}
            """)
        #expect(program.command == ["python3", "a.py"] && program.folder == "/here" && program.variables == ["A": "b", "N": "3"])
        #expect(program.scoring == .exitStatus(unsolved: 4) && program.authority == .refuse)
        #expect(program.sharedKeys == ["files"])
        #expect(program.totalTime == .seconds(60) && program.idleTime == .milliseconds(500))
        #expect(try self.program(#"{"command": ["x"]}"#).scoring == .environment)
    }

    @Test(
        "mistakes",
        arguments: [
            "{}", #"{"command": []}"#, #"{"command": "x"}"#, #"{"command": ["x", 3]}"#, #"{"command": [""]}"#,
            #"{"comand": ["x"]}"#, #"{"command": ["x"], "score": "luck"}"#, #"{"command": ["x"], "score": 3}"#,
            #"{"command": ["x"], "unsolved_exit": 4}"#, #"{"command": ["x"], "score": "exit", "unsolved_exit": 1}"#,
            #"{"command": ["x"], "variables": {"A": [3]}}"#, #"{"command": ["x"], "variables": []}"#,
            #"{"command": ["x"], "idle_seconds": 0}"#, #"{"command": ["x"], "total_seconds": "long"}"#,
            #"{"command": ["x"], "shares": "all"}"#, #"{"command": ["x"], "sampling": "mine"}"#,
        ])
    func refuses(text: String) {
        #expect(throws: WhetError.self) { try program(text) }
    }
}
