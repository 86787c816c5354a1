import WhetCore

/// A rollout timeline as SVG: a bar a rollout, colored by the versions that sampled, hollow where it waited.
///
/// Keeps: no scripts, no fonts or files of elsewhere; the same layout gives the same bytes; readable on light and on
/// dark paper.
struct TimelineDrawing {
    let layout: TimelineLayout
    let title: String

    private let width = 1_200.0
    private let left = 76.0
    private let right = 24.0
    private let top = 92.0
    /// Of the bars together where there are many; fewer bars are lower in all.
    private let fullHeight = 1_600.0
    /// From one bar to the next.
    private let pitch: Double
    private let scale: Double

    init(_ layout: TimelineLayout, title: String) {
        self.layout = layout
        self.title = title
        pitch = min(16, max(1, fullHeight / Double(max(1, layout.rows.count))))
        scale = layout.duration > 0 ? (width - left - right) / layout.duration : 0
    }

    private var bottom: Double { top + pitch * Double(layout.rows.count) }
    private var barHeight: Double { pitch >= 4 ? pitch * 0.75 : pitch * 0.9 }
    private func x(_ time: Double) -> Double { left + time * scale }
    private func y(_ row: Int) -> Double { top + pitch * Double(row) }

    var svg: String {
        let height = bottom + 92
        var svg = SVGText()
        svg.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": .text("0 0 \(SVGText.written(width)) \(SVGText.written(height))"),
                "width": .number(width), "height": .number(height), "role": "img", "font-family": "sans-serif",
                "font-size": 11,
            ]
        ) { svg in
            svg.element("title", [:], title)
            svg.element("style", [:], TimelineStyle.sheet)
            svg.element("rect", ["class": "paper", "width": .number(width), "height": .number(height)])
            svg.element("text", ["class": "ink", "x": 12, "y": 22, "font-size": 15, "font-weight": "bold"], title)
            drawGroups(&svg)
            drawAxis(&svg)
            drawEvents(layout.handOvers, "handover", y: 58, &svg)
            drawEvents(layout.publications, "publication", y: 44, &svg)
            for (place, row) in layout.rows.enumerated() { draw(row, at: place, &svg) }
            drawLegend(&svg)
        }
        return svg.text
    }

    private func drawGroups(_ svg: inout SVGText) {
        var labelEnd = 0.0
        for (place, rows) in layout.groups.enumerated() {
            let (from, to) = (y(rows.lowerBound), y(rows.upperBound))
            if !place.isMultiple(of: 2) {
                svg.element(
                    "rect",
                    [
                        "class": "stripe", "x": .number(left), "y": .number(from),
                        "width": .number(width - left - right), "height": .number(to - from),
                    ])
            }
            let middle = (from + to) / 2
            guard middle - 6 >= labelEnd else { continue }
            labelEnd = middle + 6
            svg.element(
                "text", ["class": "faint", "x": .number(left - 6), "y": .number(middle + 4), "text-anchor": "end"],
                "group \(layout.rows[rows.lowerBound].id.group)")
        }
    }

    private func drawAxis(_ svg: inout SVGText) {
        for tick in layout.ticks(most: 12) {
            let place = x(tick)
            svg.element(
                "line",
                [
                    "class": "grid", "x1": .number(place), "x2": .number(place), "y1": .number(top),
                    "y2": .number(bottom),
                ])
            for height in [top - 6, bottom + 14] {
                svg.element(
                    "text", ["class": "faint", "x": .number(place), "y": .number(height), "text-anchor": "middle"],
                    "\(tick.rounded(digits: 6)) s")
            }
        }
    }

    /// Lines through all rollouts, with names where those have room.
    private func drawEvents(_ events: [TimelineLayout.Event], _ name: String, y height: Double, _ svg: inout SVGText) {
        var nameEnd = 0.0
        for event in events {
            let place = x(event.time)
            svg.element(
                "line",
                [
                    "class": .text(name), "x1": .number(place), "x2": .number(place), "y1": .number(height + 4),
                    "y2": .number(bottom),
                ])
            guard place >= nameEnd else { continue }
            nameEnd = place + Double(event.name.count) * 6.5 + 6
            svg.element("text", ["class": .text("\(name)-name"), "x": .number(place), "y": .number(height)], event.name)
        }
    }

    private func draw(_ row: TimelineLayout.Row, at place: Int, _ svg: inout SVGText) {
        let from = y(place) + (pitch - barHeight) / 2
        svg.element("g", [:]) { svg in
            svg.element("title", [:], row.words)
            for piece in row.pieces {
                let (start, end) = (x(piece.times.lowerBound), x(piece.times.upperBound))
                bar(piece.activity, x: start, y: from, width: end - start, height: barHeight, &svg)
            }
            for time in row.interruptions { TimelineMark.interruption.draw(x(time), from, barHeight, &svg) }
            if row.status != .aborted { TimelineMark(row.status).draw(x(row.end), from, barHeight, &svg) }
        }
    }

    private func bar(
        _ activity: TimelineLayout.Activity, x: Double, y: Double, width: Double, height: Double, _ svg: inout SVGText
    ) {
        let isHollow = TimelineStyle.isHollow(activity)
        // A bar that is too low for an outline waits as a line.
        if isHollow, height < 4 {
            return svg.element(
                "line",
                [
                    "class": .text(TimelineStyle.name(activity)), "x1": .number(x), "x2": .number(x + width),
                    "y1": .number(y + height / 2), "y2": .number(y + height / 2),
                ])
        }
        let inset = isHollow ? min(0.5, width / 2) : 0
        svg.element(
            "rect",
            [
                "class": .text(TimelineStyle.name(activity)), "x": .number(x + inset), "y": .number(y + inset),
                // What took no time that can be seen is still there.
                "width": .number(max(isHollow ? 0.1 : 0.4, width - 2 * inset)), "height": .number(height - 2 * inset),
            ])
    }

    private func drawLegend(_ svg: inout SVGText) {
        var (place, line) = (left, bottom + 34)
        func entry(_ words: String, _ svg: inout SVGText, _ draw: (Double, Double, inout SVGText) -> Void) {
            let length = 24 + Double(words.count) * 6.2 + 14
            if place + length > width - right { (place, line) = (left, line + 18) }
            draw(place, line - 9, &svg)
            svg.element("text", ["class": "ink", "x": .number(place + 22), "y": .number(line)], words)
            place += length
        }
        let versions = layout.versions
        for version in versions.prefix(TimelineStyle.colors) {
            entry("v\(version)", &svg) { bar(.sampled(version), x: $0, y: $1, width: 16, height: 10, &$2) }
        }
        if versions.count > TimelineStyle.colors, let last = versions.last {
            entry("… v\(last), the colors in turn", &svg) { _, _, _ in }
        }
        (place, line) = (left, line + 18)
        entry("waits for environment or score", &svg) { bar(.environment, x: $0, y: $1, width: 16, height: 10, &$2) }
        entry("interrupted", &svg) { bar(.interrupted, x: $0, y: $1, width: 16, height: 10, &$2) }
        if layout.rows.contains(where: { $0.pieces.contains { $0.activity == .unknown } }) {
            entry("times unknown", &svg) { bar(.unknown, x: $0, y: $1, width: 16, height: 10, &$2) }
        }
        for (mark, words) in TimelineMark.legend { entry(words, &svg) { mark.draw($0 + 8, $1, 10, &$2) } }
        let events = [
            ("publication", "new weights", layout.publications),
            ("handover", "a step got its rollouts", layout.handOvers),
        ]
        for (name, words, events) in events where !events.isEmpty {
            entry(words, &svg) { x, y, svg in
                svg.element(
                    "line",
                    [
                        "class": .text(name), "x1": .number(x + 8), "x2": .number(x + 8), "y1": .number(y),
                        "y2": .number(y + 10),
                    ])
            }
        }
    }
}

extension TimelineLayout.Row {
    /// What a viewer shows of the bar under the pointer.
    fileprivate var words: String {
        var words = "rollout \(id), \(status.rawValue)"
        if let reason { words += " (\(reason.shortened(to: 120)))" }
        if let step { words += ", step \(step)" }
        if resumes > 0 { words += ", resumed \(resumes) \(resumes == 1 ? "time" : "times")" }
        return words
    }
}

extension Double {
    /// "0.25", "3"; at most this many digits behind the point.
    fileprivate func rounded(digits: Int) -> String {
        var text = fixed(digits)
        guard text.contains(".") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
