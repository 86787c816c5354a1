import ArgumentParser
import Foundation
import WhetChecklists
import WhetCore
import WhetHTTP

struct ChecklistCalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate", abstract: "Measure how far a judge agrees with people, and with itself.",
        discussion: """
            Each line of the labels is {"messages": [...], "item": {...}, "met": true or false}: a dialogue in \
            OpenAI's form, an item as checklists have it, and what a person says of it after the last message. The \
            items' checks by code are not used: it is the judge who is measured.
            """)

    @Argument(help: "People's judgments, a JSON object a line.") var labels: String
    @Option(help: "How often each is asked; the flip rate needs 2.") var repeats = 3
    @Option(help: "Votes for one answer; odd.") var votes = 1
    @OptionGroup var options: JudgeOptions
    @Flag(help: "One JSON object.") var json = false

    func validate() throws {
        guard repeats > 0 else { throw ValidationError("--repeats is at least 1") }
        guard votes > 0, !votes.isMultiple(of: 2) else { throw ValidationError("--votes is an odd number") }
    }

    func run() async throws {
        let data = try ChecklistCommand.data(of: labels)
        let cases = try ChecklistCommand.read { try LabeledJudgment.list(jsonLines: data, file: labels) }
        let client = try HTTPClient()
        var settings = options.settings(maximumTokens: 2048)
        settings.votes = votes
        let judge = try ServerJudge(
            url: options.judge, model: try await options.modelName(client: client), client: client, settings: settings)
        let calibration = try await Calibration.measure(judge, on: cases, repeats: repeats)
        if json { Output.json(calibration.json) } else { Output.text(calibration.text) }
    }
}

extension Calibration {
    fileprivate var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        func object(_ counts: Counts) -> JSONObject {
            [
                "cases": .integer(counts.count), "accuracy": number(counts.accuracy), "kappa": number(counts.kappa),
                "both_met": .integer(counts.bothMet), "both_not_met": .integer(counts.bothNotMet),
                "only_judge": .integer(counts.onlyJudge), "only_person": .integer(counts.onlyPerson),
            ]
        }
        var result = object(counts)
        result["unknown"] = .integer(unknown)
        result["flip_rate"] = number(flipRate)
        let focuses = byFocus.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            ($0.key.rawValue, JSONValue.object(object($0.value)))
        }
        result["by_focus"] = .object(JSONObject(focuses, uniquingKeysWith: { $1 }))
        return .object(result)
    }

    fileprivate var text: String {
        var table = Table(
            ("focus", .left), ("cases", .right), ("accuracy", .right), ("kappa", .right),
            ("only the judge says yes", .right),
            ("only the person", .right))
        func add(_ name: String, _ counts: Counts) {
            table.add(
                name, "\(counts.count)", counts.accuracy?.percent ?? "–", counts.kappa?.fixed(2) ?? "–",
                "\(counts.onlyJudge)",
                "\(counts.onlyPerson)")
        }
        for (focus, counts) in byFocus.sorted(by: { $0.key.rawValue < $1.key.rawValue }) { add(focus.rawValue, counts) }
        add("all", counts)
        return table.text + "\nunknown \(unknown); flipped over repeats \(flipRate?.percent ?? "–")\n"
    }
}
