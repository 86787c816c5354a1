import Foundation
import Testing
import WhetCore
import WhetStore

#if canImport(FoundationXML)
    import FoundationXML
#endif

@testable import whet

@Suite("A rollout timeline")
struct TimelineTests {
    private typealias Piece = TimelineLayout.Piece

    private func times(
        _ group: Int, _ member: Int = 0, _ status: Rollout.Status = .completed, from start: Double, to end: Double,
        resumes: Int = 0, reason: String? = nil, _ pieces: [RolloutTimes.Piece]
    ) -> RolloutTimes {
        RolloutTimes(
            id: RolloutID(group: GroupID(group), member: member), step: 1, status: status, reason: reason,
            resumes: resumes, startedAt: 1_000 + start, finishedAt: 1_000 + end, pieces: pieces)
    }

    private func policy(_ version: Int, _ start: Double, _ end: Double) -> RolloutTimes.Piece {
        .policy(PolicyVersion(version), times: 1_000 + start...1_000 + end)
    }

    @Test("fills a row from its start to its end: sampled, waiting for its environment, interrupted")
    func pieces() {
        let layout = TimelineLayout([
            times(0, from: 0, to: 10, resumes: 1, [policy(0, 1, 2), .environment, policy(0, 4, 5), policy(1, 7, 9)])
        ])
        #expect(
            layout.rows[0].pieces == [
                Piece(activity: .environment, times: 0...1), Piece(activity: .sampled(PolicyVersion(0)), times: 1...2),
                Piece(activity: .environment, times: 2...4), Piece(activity: .sampled(PolicyVersion(0)), times: 4...5),
                Piece(activity: .interrupted, times: 5...7), Piece(activity: .sampled(PolicyVersion(1)), times: 7...9),
                Piece(activity: .environment, times: 9...10),
            ])
        #expect(layout.rows[0].interruptions == [5])
        #expect(layout.rows[0].end == 10 && layout.duration == 10 && layout.origin == 1_000)
        #expect(layout.versions == [PolicyVersion(0), PolicyVersion(1)])
    }

    @Test("one that waits to go on is hollow to the end; one interrupted before its first token began by waiting")
    func interruptions() {
        let layout = TimelineLayout([
            times(0, 0, .aborted, from: 0, to: 2, [policy(0, 0, 2)]),
            times(0, 1, from: 0, to: 8, resumes: 1, [policy(1, 3, 8)]),
        ])
        #expect(layout.rows[0].pieces.last == Piece(activity: .interrupted, times: 2...8))
        #expect(layout.rows[0].interruptions == [2] && layout.rows[0].end == 2)
        #expect(layout.rows[1].pieces.first == Piece(activity: .interrupted, times: 0...3))
    }

    @Test("keeps groups together, in the order of their starts, however the rollouts come")
    func order() {
        let rollouts = [
            times(7, 1, from: 5, to: 6, [policy(0, 5, 6)]), times(3, 0, from: 2, to: 9, [policy(0, 2, 9)]),
            times(7, 0, from: 1, to: 3, [policy(0, 1, 3)]), times(3, 1, from: 2, to: 4, [policy(0, 2, 4)]),
        ]
        let layout = TimelineLayout(rollouts)
        #expect(layout.rows.map(\.id.description) == ["7.0", "7.1", "3.0", "3.1"])
        #expect(layout.groups == [0..<2, 2..<4])
        #expect(TimelineLayout(rollouts.reversed()) == layout)
    }

    @Test("rows never go back in time, even where a clock did")
    func overlaps() {
        let layout = TimelineLayout([
            times(0, from: 0, to: 4, [policy(0, 0, 5), policy(1, 3, 6), policy(2, 1, 2)]),
            times(1, from: .nan, to: 3, [policy(0, 1, 2)]),
            times(2, from: 3, to: 1, []),
        ])
        #expect(layout.rows.count == 2)
        for row in layout.rows {
            for (left, right) in zip(row.pieces, row.pieces.dropFirst()) {
                #expect(left.times.upperBound == right.times.lowerBound)
            }
        }
        #expect(layout.duration == 6)
        #expect(!layout.svg.contains("nan"))
    }

    @Test("older rollouts have no times of their requests, and are said to")
    func unknown() {
        let layout = TimelineLayout([times(0, from: 0, to: 4, [.policy(PolicyVersion(0), times: nil)])])
        #expect(!layout.hasSpanTimes)
        #expect(layout.rows[0].pieces == [Piece(activity: .unknown, times: 0...4)])
        #expect(layout.svg.contains("times unknown"))
        #expect(TimelineLayout([]).rows.isEmpty && TimelineLayout([]).ticks(most: 10) == [0])
    }

    @Test("events outside the picture are left out, the others are measured from its start")
    func events() {
        let layout = TimelineLayout(
            [times(0, from: 0, to: 4, [policy(0, 0, 4)])],
            publications: [
                .init(time: 900, name: "v0"), .init(time: 1_003, name: "v2"), .init(time: 1_001, name: "v1"),
            ],
            handOvers: [.init(time: 1_005, name: "step 2")])
        #expect(layout.publications == [.init(time: 1, name: "v1"), .init(time: 3, name: "v2")])
        #expect(layout.handOvers.isEmpty)
    }

    @Test("an axis has round times", arguments: [0.003, 0.4, 1, 7, 59, 3_600, 250_000])
    func axis(_ duration: Double) {
        let layout = TimelineLayout([times(0, from: 0, to: duration, [policy(0, 0, duration)])])
        let ticks = layout.ticks(most: 12)
        #expect(ticks.first == 0 && (3...13).contains(ticks.count), "\(ticks)")
        #expect(ticks.allSatisfy { $0 <= layout.duration })
    }

    /// Counts elements, and fails for what is no XML.
    private func elements(of svg: String) throws -> [String: Int] {
        final class Counter: NSObject, XMLParserDelegate {
            var counts: [String: Int] = [:]
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
                attributes: [String: String]
            ) { counts[name, default: 0] += 1 }
        }
        let (parser, counter) = (XMLParser(data: Data(svg.utf8)), Counter())
        parser.delegate = counter
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        return counter.counts
    }

    @Test("is whole XML without scripts, a bar a rollout, the same each time", arguments: [1, 10, 300, 2_000])
    func drawing(_ count: Int) throws {
        let statuses = Rollout.Status.allCases
        let rollouts = (0..<count).map { number in
            let start = Double(number) / 7
            return times(
                number / 8, number % 8, statuses[number % statuses.count], from: start, to: start + 3, resumes: 1,
                [policy(number % 23, start, start + 1), policy(number % 23 + 1, start + 2, start + 2.5)])
        }
        let layout = TimelineLayout(rollouts, publications: [.init(time: 1_001, name: "v1")])
        let svg = layout.svg
        let elements = try elements(of: svg)
        #expect(elements["svg"] == 1 && elements["g"] == count && elements["script"] == nil)
        #expect(elements["title"] == count + 1)
        #expect(svg == TimelineLayout(rollouts.reversed(), publications: [.init(time: 1_001, name: "v1")]).svg)
        #expect(svg.contains("prefers-color-scheme:dark") && !svg.contains("href"))
        #expect(svg.utf8.count < 2_000 * max(count, 10))
        let height = try #require(svg.firstMatch(of: #/width="1200" height="([0-9.]+)"/#)?.output.1)
        #expect(try #require(Double(height)) < 2_300)
    }

    @Test("escapes what a reason says, and leaves out what XML forbids")
    func escaping() throws {
        let reason = "</title><script>alert(\"1\")</script> & \u{0}\u{1B}[31m\u{FFFF} ünï\n"
        let svg = TimelineLayout([
            times(0, 0, .failed, from: 0, to: 1, reason: reason, [policy(0, 0, 1)])
        ]).svg
        #expect(try elements(of: svg)["script"] == nil)
        #expect(svg.contains("&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; [31m ünï"))
    }

    @Test("numbers are short")
    func numbers() {
        #expect([1, 0.5, 12.345, -0.004, 1.005, -2.25, .nan, .infinity].map(SVGText.written) == [
            "1", "0.5", "12.35", "0", "1", "-2.25", "0", "0",
        ])
    }
}

extension TimelineLayout {
    fileprivate var svg: String { TimelineDrawing(self, title: "run & title").svg }
}
