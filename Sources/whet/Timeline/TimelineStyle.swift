import WhetCore

/// How a timeline looks: classes, their colors, and marks.
enum TimelineStyle {
    /// Of middling lightness, so that they stand out from white and from black paper. Versions take them in turn.
    private static let palette = [
        "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#b07aa1", "#d4a81e", "#9c755f", "#d37295", "#8a9a5b",
    ]

    /// How many versions have a color of their own.
    static var colors: Int { palette.count }

    static func name(_ activity: TimelineLayout.Activity) -> String {
        switch activity {
        case .sampled(let version): "v\(version.number % colors)"
        case .environment: "wait"
        case .interrupted: "stopped"
        case .unknown: "unknown"
        }
    }

    static func isHollow(_ activity: TimelineLayout.Activity) -> Bool {
        if case .sampled = activity { false } else { true }
    }

    /// No quotes or angle brackets, which would have to be escaped.
    static var sheet: String {
        let versions = palette.enumerated().map { ".v\($0){fill:\($1)}" }.joined(separator: " ")
        return """
            .paper{fill:#fff} .ink{fill:#222} .faint{fill:#666} .stripe{fill:#f3f3f3} \
            .grid{stroke:#ddd;stroke-width:.5} \
            .wait,.stopped,.unknown{fill:none;stroke:#999;stroke-width:.7} .stopped{stroke-dasharray:2 2} \
            .unknown{stroke-dasharray:6 2} .handover{stroke:#888;stroke-width:.8;stroke-dasharray:4 3} \
            .handover-name{fill:#666} .publication{stroke:#0a84c1;stroke-width:1} .publication-name{fill:#0a84c1} \
            .good{fill:#2a7d2a} .bad{fill:#d01c1c} .cut{fill:#b86e00} .left{fill:#888} .stop{fill:#222} \(versions) \
            @media (prefers-color-scheme:dark){.paper{fill:#15171b} .ink{fill:#e6e6e6} .faint{fill:#a0a0a0} \
            .stripe{fill:#1d2026} .grid{stroke:#333} .wait,.stopped,.unknown{stroke:#777} .handover{stroke:#999} \
            .handover-name{fill:#aaa} .publication{stroke:#4fb3e8} .publication-name{fill:#4fb3e8} .good{fill:#6bd16b} \
            .bad{fill:#ff6b6b} .cut{fill:#ffb347} .left{fill:#9a9a9a} .stop{fill:#eee}}
            """
    }
}

/// A mark on a bar: an interruption, or how a rollout ended. Each has a shape of its own beside its color.
enum TimelineMark: Hashable {
    case interruption, completed, truncated, failed, filtered

    init(_ status: Rollout.Status) {
        self =
            switch status {
            case .completed: .completed
            case .truncated: .truncated
            case .aborted: .interruption
            case .failed: .failed
            case .filtered: .filtered
            }
    }

    static let legend: [(TimelineMark, String)] = [
        (.interruption, "interruption"), (.completed, "completed"), (.truncated, "truncated"), (.failed, "failed"),
        (.filtered, "filtered"),
    ]

    /// - Parameters:
    ///   - x: the moment.
    ///   - y: the bar's upper edge.
    func draw(_ x: Double, _ y: Double, _ height: Double, _ svg: inout SVGText) {
        let half = max(1, min(4, height * 0.4))
        let middle = y + height / 2
        func number(_ value: Double) -> String { SVGText.written(value) }
        func path(_ name: String, _ path: String) { svg.element("path", ["class": .text(name), "d": .text(path)]) }
        switch self {
        case .interruption:
            path("stop", "M\(number(x - 0.75)) \(number(y - 0.5))h1.5v\(number(height + 1))h-1.5z")
        case .completed:
            svg.element(
                "circle", ["class": "good", "cx": .number(x), "cy": .number(middle), "r": .number(half * 0.8)])
        case .truncated:
            path(
                "cut", "M\(number(x - half * 0.75)) \(number(middle - half * 0.75))h\(number(half * 1.5))"
                    + "v\(number(half * 1.5))h-\(number(half * 1.5))z")
        case .failed:
            // A cross of four arms that meet in the middle.
            let (arm, core) = (half, half * 0.3)
            path(
                "bad",
                "M\(number(x - arm)) \(number(middle - core))h\(number(arm - core))v-\(number(arm - core))"
                    + "h\(number(core * 2))v\(number(arm - core))h\(number(arm - core))v\(number(core * 2))"
                    + "h-\(number(arm - core))v\(number(arm - core))h-\(number(core * 2))v-\(number(arm - core))"
                    + "h-\(number(arm - core))z")
        case .filtered:
            path(
                "left", "M\(number(x)) \(number(middle - half))l\(number(half)) \(number(half))"
                    + "l-\(number(half)) \(number(half))l-\(number(half)) -\(number(half))z")
        }
    }
}
