import WhetCore

/// A part of an algorithm whose numbers a recipe may set by name.
protocol Configurable: Sendable {
    /// With its vetted defaults.
    init()
    static var settings: [Setting<Self>] { get }
    /// Refuses settings that are allowed one by one but impossible together.
    ///
    /// - Throws: `WhetError` with the reason.
    func checkCombination() throws
}

extension Configurable {
    static var settings: [Setting<Self>] { [] }

    func checkCombination() throws {}

    /// With these settings, all others at their defaults.
    ///
    /// - Throws: `WhetError` that names an unknown key with the nearest valid one, a wrong type or value, or why
    ///   settings are impossible together.
    init(settings: JSONObject) throws {
        self.init()
        for (name, value) in settings where try !set(name, to: value) {
            throw WhetError.unknownName(name, kind: "setting", among: Self.settings.map(\.name), at: name)
        }
        try checkCombination()
    }

    /// - Returns: whether there is such a setting.
    /// - Throws: `WhetError` when the value is of the wrong type or out of range.
    mutating func set(_ name: String, to value: JSONValue) throws -> Bool {
        guard let setting = Self.settings.first(where: { $0.name == name }) else { return false }
        guard setting.write(&self, value) else {
            throw WhetError("\(name) cannot be \(value.text())", at: name, expected: setting.type)
        }
        return true
    }

    /// Every setting with the value it has.
    var settingDescriptions: [SettingDescription] {
        Self.settings.map {
            SettingDescription(name: $0.name, type: $0.type, defaultValue: $0.read(self), summary: $0.summary)
        }
    }
}
