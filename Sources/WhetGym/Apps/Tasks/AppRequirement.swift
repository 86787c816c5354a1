import WhetCore

/// One change that a task asks for.
struct AppRequirement: Sendable {
    /// What has to be so, in words.
    let name: String
    /// Whether this change is the one.
    let isMetBy: @Sendable (AppChange) -> Bool

    init(_ name: String, isMetBy: @escaping @Sendable (AppChange) -> Bool) {
        self.name = name
        self.isMetBy = isMetBy
    }

    static func removed(_ record: some AppRecord, _ name: String) -> AppRequirement {
        let state = RecordState(record)
        return AppRequirement(name) { $0.table == state.table && $0.key == state.key && $0.after == nil }
    }

    /// These members have these values, and no others changed.
    static func changed(_ record: some AppRecord, _ fields: JSONObject, _ name: String) -> AppRequirement {
        let state = RecordState(record)
        return AppRequirement(name) { change in
            guard change.table == state.table, change.key == state.key, let after = change.after else { return false }
            return change.changedFields.isSubset(of: fields.keys) && fields.agree(with: after)
        }
    }

    /// A new record whose members have these values; its other members are free.
    static func added(_ table: String, _ fields: JSONObject, _ name: String) -> AppRequirement {
        AppRequirement(name) { change in
            guard change.table == table, change.before == nil, let after = change.after else { return false }
            return fields.agree(with: after)
        }
    }

    /// A message to these addresses and no others.
    ///
    /// - Parameters:
    ///   - mentions: what its text has to contain, whatever the case.
    ///   - amounts: numbers that have to stand in its text, written with or without zeros at their end.
    ///   - fields: other members of it.
    static func sent(
        to addresses: [String], mentions: [String] = [], amounts: [Double] = [], _ fields: JSONObject = [:],
        _ name: String
    ) -> AppRequirement {
        AppRequirement(name) { change in
            guard change.table == Mail.table, change.before == nil, let after = change.after,
                after["folder"]?.string == Mail.Folder.sent.rawValue, let body = after["body"]?.string
            else { return false }
            let to = Set((after["to"]?.array ?? []).compactMap { $0.string?.lowercased() })
            return to == Set(addresses.map { $0.lowercased() }) && fields.agree(with: after)
                && mentions.allSatisfy { body.isFound(by: $0) }
                && amounts.allSatisfy { amount in body.numbers.contains { abs($0 - amount) < 0.005 } }
        }
    }
}

extension JSONObject {
    /// Whether another object's members of the same names have these values. Texts are compared without regard to case
    /// and to white space at their ends, lists without regard to order.
    fileprivate func agree(with other: JSONObject) -> Bool {
        allSatisfy { name, value in
            guard let found = other[name] else { return false }
            switch (value, found) {
            case (.string(let wanted), .string(let text)): return wanted.folded == text.folded
            case (.array(let wanted), .array(let list)):
                return wanted.count == list.count && Set(wanted) == Set(list)
            default: return value == found
            }
        }
    }
}

extension String {
    /// In lower case, without white space at its ends.
    var folded: String {
        var rest = lowercased()[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    /// The numbers that stand in it: digits, a point among them perhaps. Commas between digits are passed over.
    var numbers: [Double] {
        var numbers: [Double] = []
        var digits = ""
        func end() {
            if let number = Double(digits) { numbers.append(number) }
            digits = ""
        }
        let bytes = Array(utf8)
        for (index, byte) in bytes.enumerated() {
            let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let isFollowed = UInt8(ascii: "0")...UInt8(ascii: "9") ~= next
            if isDigit || (byte == UInt8(ascii: ".") && !digits.isEmpty && isFollowed) {
                digits.unicodeScalars.append(Unicode.Scalar(byte))
            } else if byte == UInt8(ascii: ","), !digits.isEmpty, isFollowed {
                continue
            } else if !digits.isEmpty {
                end()
            }
        }
        if !digits.isEmpty { end() }
        return numbers
    }
}
