import Testing
import WhetCore
import WhetRollouts

@testable import WhetAgents

/// A tree that is filled as an agent would: each call is placed, answered and put on record.
struct Recorder {
    let format: ChatFormat
    var tree = CallTree()
    private var occurrences: [[Int32]: Int] = [:]

    init() throws { format = try Fixtures.format() }

    /// - Parameter tokens: what the policy samples; the words' own tokens and the end of the turn if nil.
    @discardableResult
    mutating func call(
        _ messages: [JSONValue], tools: JSONValue? = nil, saying words: String, tokens: [Int32]? = nil,
        order: Int? = nil
    ) throws -> CallTree.Call {
        let conversation = try Conversation(messages: messages, tools: tools)
        return try call(
            .chat(conversation), tokens ?? format.turn(saying: words),
            answered: conversation.answered(by: Message(.assistant, words)), order: order)
    }

    @discardableResult
    mutating func call(
        _ source: CallTree.Source, _ tokens: [Int32], answered: Conversation? = nil, order: Int? = nil
    ) throws -> CallTree.Call {
        let placement = try tree.placement(of: source, format: format)
        let policy = TokenSpan.Policy(
            behaviorLogProbabilities: tokens.map { _ in -1 }, version: .initial, sampling: SamplingParameters(),
            requestID: "r", server: "s")
        let occurrence = occurrences[placement.prompt, default: 0]
        occurrences[placement.prompt] = occurrence + 1
        let call = CallTree.Call(
            placement: placement, occurrence: occurrence, order: order ?? tree.calls.count, conversation: answered,
            spans: [TokenSpan(.policy(policy), tokens: tokens)], times: [0...1])
        tree.append(call)
        return call
    }
}

func user(_ text: String) -> JSONValue { ["role": "user", "content": .string(text)] }
func assistant(_ text: String) -> JSONValue { ["role": "assistant", "content": .string(text)] }

@Suite("Merging an agent's calls into training samples")
struct CallTreeTests {
    private func spans(_ sample: TokenTrajectory) -> [String] {
        sample.spans.map { span in
            switch span.origin {
            case .prompt: "prompt"
            case .policy: "policy"
            case .environment: "environment"
            }
        }
    }

    @Test("a conversation that goes on is one sample, with the tokens of its last call")
    func extends() throws {
        var recorder = try Recorder()
        let first = try recorder.call([user("one")], saying: "two")
        let second = try recorder.call([user("one"), assistant("two"), user("three")], saying: "four")
        let samples = try recorder.tree.samples().map(\.trajectory)
        #expect(samples.count == 1)
        #expect(spans(samples[0]) == ["prompt", "policy", "environment", "policy"])
        #expect(samples[0].tokens == second.ids)
        #expect(second.placement.prompt.starts(with: first.ids))
        let rendered = try recorder.format.template.render(
            [user("one"), assistant("two"), user("three")], addGenerationPrompt: true)
        #expect(recorder.format.tokenizer.decode(second.placement.prompt) == rendered)
    }

    @Test("sampled ids stay as they were sampled where the tokenizer would have cut the words otherwise")
    func keepsSampledIDs() throws {
        var recorder = try Recorder()
        let tokenizer = recorder.format.tokenizer
        let words = "the answer is the answer"
        let odd = words.flatMap { tokenizer.encode(String($0)) } + [recorder.format.endOfTurn]
        #expect(odd != recorder.format.turn(saying: words))
        try recorder.call([user("one")], saying: words, tokens: odd)
        let second = try recorder.call([user("one"), assistant(words), user("more")], saying: "x")
        #expect(try recorder.tree.samples().count == 1)
        #expect(try recorder.tree.samples()[0].trajectory.spans[1].tokens == odd)
        #expect(tokenizer.decode(second.placement.prompt).contains(words))
    }

    @Test("thoughts that the agent or the template drops from history stay in the sample")
    func keepsThoughts() throws {
        var recorder = try Recorder()
        let sampled = recorder.format.turn(saying: "<think>hm</think>\nseven")
        let asked = try Conversation(messages: [user("one")])
        let answer = Message(.assistant, "seven", reasoning: "hm")
        let first = try recorder.call(.chat(asked), sampled, answered: try asked.answered(by: answer))
        let second = try recorder.call([user("one"), assistant(" seven\n"), user("two")], saying: "eight")
        #expect(second.placement.parent == 0)
        #expect(second.placement.prompt.starts(with: first.ids))
        #expect(try recorder.tree.samples().count == 1)
    }

    @Test("an answer cut by its budget is closed by the template's own words")
    func closesCutAnswers() throws {
        var recorder = try Recorder()
        let cut = recorder.format.tokenizer.encode("half")
        try recorder.call([user("one")], saying: "half", tokens: cut)
        let second = try recorder.call([user("one"), assistant("half"), user("go on")], saying: "x")
        #expect(
            recorder.format.tokenizer.decode(second.placement.prompt)
                == "<|im_start|>user\none<|im_end|>\n<|im_start|>assistant\nhalf<|im_end|>\n"
                + "<|im_start|>user\ngo on<|im_end|>\n<|im_start|>assistant\n")
    }

    @Test("a conversation with another beginning, other tools or an altered answer is a sample of its own")
    func forks() throws {
        let tools: JSONValue = [["type": "function", "function": ["name": "f"]]]
        let others: [(messages: [JSONValue], tools: JSONValue?)] = [
            ([user("summary: two"), user("three")], nil),
            ([user("one"), assistant("two"), user("three")], tools),
            ([user("one"), assistant("twelve"), user("three")], nil),
        ]
        for other in others {
            var recorder = try Recorder()
            try recorder.call([user("one")], saying: "two")
            let second = try recorder.call(other.messages, tools: other.tools, saying: "four")
            let samples = try recorder.tree.samples().map(\.trajectory)
            #expect(second.placement.parent == nil)
            #expect(samples.map(spans) == [["prompt", "policy"], ["prompt", "policy"]])
            #expect(samples[0].tokens == second.ids)
        }
    }

    @Test("a retry is a sample of its own; the one that the agent went on with is continued")
    func retries() throws {
        var recorder = try Recorder()
        try recorder.call([user("one")], saying: "dud")
        let good = try recorder.call([user("one")], saying: "two")
        let last = try recorder.call([user("one"), assistant("two"), user("three")], saying: "four")
        let samples = try recorder.tree.samples().map(\.trajectory)
        #expect(samples.count == 2)
        #expect(samples[0].tokens == last.ids)
        #expect(samples[0].spans[1].tokens == good.tokens)
        #expect(spans(samples[1]) == ["prompt", "policy"])
    }

    @Test("two ways on from one answer: what was sampled before is policy in one, prompt in the other")
    func branches() throws {
        var recorder = try Recorder()
        let root = try recorder.call([user("one")], saying: "two")
        let short = try recorder.call([user("one"), assistant("two"), user("left")], saying: "a")
        let long = try recorder.call([user("one"), assistant("two"), user("right")], saying: "a longer answer")
        let samples = try recorder.tree.samples().map(\.trajectory)
        #expect(samples.count == 2)
        let withRoot = try #require(samples.first { spans($0).count == 4 })
        let other = try #require(samples.first { spans($0).count == 2 })
        #expect(withRoot.tokens == long.ids)
        #expect(other.tokens == short.ids)
        #expect(other.spans[0].tokens.starts(with: root.ids))
    }

    @Test("parallel calls give the same samples in whatever order they are answered")
    func ignoresOrder() throws {
        let words = ["a", "bb", "ccc"]
        let orders = [[0, 1, 2], [2, 1, 0], [1, 2, 0]]
        let samples = try orders.map { order -> Set<[Int32]> in
            var recorder = try Recorder()
            try recorder.call([user("one")], saying: "two")
            for index in order {
                try recorder.call([user("one"), assistant("two"), user(words[index])], saying: words[index])
            }
            return Set(try recorder.tree.samples().map(\.trajectory.tokens))
        }
        #expect(samples[0].count == 3)
        #expect(samples.allSatisfy { $0 == samples[0] })
    }

    @Test("calls with ids or text go on where they repeat all that was there")
    func continuesCompletions() throws {
        var recorder = try Recorder()
        let tokenizer = recorder.format.tokenizer
        let first = try recorder.call(.tokens([1, 2, 3]), [4, 5])
        let second = try recorder.call(.tokens(first.ids + [6]), [7])
        #expect(second.placement.parent == 0)
        let other = try recorder.call(.tokens([1, 2, 9]), [7])
        #expect(other.placement.parent == nil)
        let text = try recorder.call(.text("Once upon"), tokenizer.encode(" a time"))
        let more = try recorder.call(.text("Once upon a time there"), tokenizer.encode(" was"))
        #expect(more.placement.parent == 3)
        #expect(more.placement.prompt == text.ids + tokenizer.encode(" there"))
        #expect(try recorder.tree.samples().count == 3)
    }

    @Test("in any tree of calls every sampled token is policy once, after the very prompt it was sampled from")
    func trainsEachTokenOnce() throws {
        for seed in 0..<20 as Range<UInt64> {
            var random = RandomStream(seed: seed, purpose: "tree")
            var recorder = try Recorder()
            var conversations: [[JSONValue]] = []
            for index in 0..<12 {
                let base = conversations.randomElement(using: &random) ?? []
                let isNew = Int.random(in: 0..<4, using: &random) == 0
                let messages = (isNew ? [] : base) + [user("question \(Int.random(in: 0..<3, using: &random))")]
                let words = "answer \(index)"
                try recorder.call(messages, saying: words)
                conversations.append(messages + [assistant(words)])
            }
            var wanted = recorder.tree.calls.map { [$0.placement.prompt, $0.tokens] }
            for sample in try recorder.tree.samples().map(\.trajectory) {
                var before: [Int32] = []
                for span in sample.spans {
                    if span.policy != nil {
                        let place = try #require(wanted.firstIndex(of: [before, span.tokens]))
                        wanted.remove(at: place)
                    }
                    before += span.tokens
                }
            }
            #expect(wanted.isEmpty)
        }
    }
}
