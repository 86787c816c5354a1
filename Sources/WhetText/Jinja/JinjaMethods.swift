import WhetCore

/// The methods of Python's strings, dictionaries and lists.
enum JinjaMethods {
    static func names(of value: JinjaValue) -> Set<String> {
        switch value {
        case .string: ofStrings
        case .dictionary: ofDictionaries
        case .list: ofLists
        case .tuple: ["index", "count"]
        default: []
        }
    }

    private static let ofStrings: Set<String> = [
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "replace", "upper",
        "lower", "title", "capitalize", "swapcase", "casefold", "join", "find", "rfind", "index", "rindex", "count",
        "format", "isdigit", "isdecimal", "isnumeric", "isalpha", "isalnum", "isspace", "isupper", "islower", "zfill",
        "center", "ljust", "rjust", "partition", "rpartition", "removeprefix", "removesuffix",
    ]
    private static let ofDictionaries: Set<String> = [
        "items", "keys", "values", "get", "copy", "update", "pop", "setdefault",
    ]
    private static let ofLists: Set<String> = [
        "append", "extend", "insert", "pop", "index", "count", "copy", "reverse", "clear",
    ]
}

extension JinjaEvaluator {
    func callMethod(_ name: String, of owner: JinjaValue, _ given: JinjaArguments) throws -> JinjaValue {
        switch owner {
        case .string(let text):
            try charge(bytes: text.utf8.count)
            return try callMethod(name, of: text, given)
        case .dictionary(let dictionary): return try callMethod(name, of: dictionary, given)
        case .list(let list), .tuple(let list): return try callMethod(name, of: list, given)
        case .loop(let loop): return try callMethod(name, of: loop, given)
        default: throw WhetError("a \(owner.kind) has no method \"\(name)\"")
        }
    }

    private func callMethod(_ name: String, of loop: JinjaLoop, _ given: JinjaArguments) throws -> JinjaValue {
        if name == "changed" {
            let isSame = try loop.lastSeen.map { seen in
                try seen.count == given.positional.count && zip(seen, given.positional).allSatisfy { try equal($0, $1) }
            }
            loop.lastSeen = given.positional
            return .bool(!(isSame ?? false))
        }
        guard !given.positional.isEmpty else { throw WhetError("there is nothing to cycle through") }
        return given.positional[loop.index % given.positional.count]
    }

    private func callMethod(
        _ name: String, of dictionary: JinjaDictionary, _ given: JinjaArguments
    ) throws -> JinjaValue {
        switch name {
        case "items": return try items(of: dictionary)
        case "keys": return try list(dictionary.members.keys.map(\.value))
        case "values": return try list(Array(dictionary.members.values))
        case "copy": return .dictionary(try self.dictionary(dictionary.members.map { ($0.key, $0.value) }))
        case "get":
            return dictionary.members[try JinjaKey(given.required(0, "key"))] ?? given[1, "default"] ?? .none
        case "setdefault":
            let key = try JinjaKey(given.required(0, "key"))
            if let value = dictionary.members[key] { return value }
            let value = given[1, "default"] ?? .none
            dictionary.members[key] = value
            return value
        case "pop":
            let key = try JinjaKey(given.required(0, "key"))
            if let value = dictionary.members.removeValue(forKey: key) ?? given[1, "default"] { return value }
            throw WhetError("there is no key \(try key.value.representation())")
        default:  // update
            if let other = given.positional.first {
                guard case .dictionary(let other) = other else { throw WhetError("update needs a dictionary") }
                for (key, value) in other.members { dictionary.members[key] = value }
            }
            for (name, value) in given.named { dictionary.members[JinjaKey(name)] = value }
            return .none
        }
    }

    private func callMethod(_ name: String, of list: JinjaList, _ given: JinjaArguments) throws -> JinjaValue {
        switch name {
        case "append": list.elements.append(try given.required(0, "object"))
        case "extend":
            let more = try elements(of: given.required(0, "iterable"))
            try charge(more.count)
            list.elements += more
        case "insert":
            let index = try given.integer(0, "index") ?? 0
            try charge(list.elements.count)
            let place = index < 0 ? max(0, list.elements.count &+ index) : min(index, list.elements.count)
            list.elements.insert(try given.required(1, "object"), at: min(place, list.elements.count))
        case "pop":
            let index = try given.integer(0, "index") ?? -1
            let place = index < 0 ? list.elements.count &+ index : index
            guard list.elements.indices.contains(place) else { throw WhetError("there is no element \(index) to pop") }
            try charge(list.elements.count)
            return list.elements.remove(at: place)
        case "reverse":
            try charge(list.elements.count)
            list.elements.reverse()
        case "clear": list.elements = []
        case "copy": return try self.list(list.elements)
        case "count":
            let wanted = try given.required(0, "value")
            return .integer(try list.elements.count { try equal($0, wanted) })
        default:  // index
            let wanted = try given.required(0, "value")
            guard let place = try list.elements.firstIndex(where: { try equal($0, wanted) }) else {
                throw WhetError("\(try wanted.representation()) is not in the list")
            }
            return .integer(place)
        }
        return .none
    }
}
