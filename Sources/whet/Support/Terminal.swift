import Foundation

/// What a stream can show: a person's terminal, or a pipe.
struct Terminal: Sendable {
    /// Whether bars can be drawn over.
    let isInteractive: Bool
    let hasColors: Bool
    let width: Int

    /// What is known of a stream.
    ///
    /// - Parameter descriptor: 1 for standard output, 2 for standard error.
    static func detect(_ descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment)
        -> Terminal
    {
        var size = winsize()
        let isTerminal = isatty(descriptor) == 1
        let columns = isTerminal && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        return Terminal(isTerminal: isTerminal, columns: columns, environment: environment)
    }

    init(isTerminal: Bool, columns: Int, environment: [String: String]) {
        let isDumb = environment["TERM"].map { $0.isEmpty || $0 == "dumb" } ?? true
        isInteractive = isTerminal && !isDumb
        // https://no-color.org: set and not empty.
        hasColors = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        width = columns > 0 ? columns : 80
    }

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case green = "32"
        case red = "31"
        case cyan = "36"
    }

    func styled(_ text: String, _ style: Style) -> String {
        hasColors ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
