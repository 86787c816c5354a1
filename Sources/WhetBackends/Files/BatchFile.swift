import Foundation
import WhetCore

/// A batch of token streams as a file of flat arrays: docs/trainers.md, "The batch".
///
/// Keeps: every number is copied once, to its place in the file; what is written is read again to the bit.
package enum BatchFile {
    /// What a directory that a trainer is given has it under.
    package static let name = "batch.safetensors"

    /// An array of the file.
    private enum Column: String, CaseIterable {
        // Those of eight bytes first, and those of one last, so that all are aligned.
        case offsets, votes, tokens, advantages, weights
        case behavior = "behavior_log_probabilities"
        case reference = "reference_log_probabilities"
        case temperatures, components, mask
        case hasReference = "has_reference"

        var type: Safetensors.ElementType {
            switch self {
            case .offsets: .int64
            case .votes: .float64
            case .tokens, .components: .int32
            case .advantages, .weights, .behavior, .reference, .temperatures: .float32
            case .mask, .hasReference: .uint8
            }
        }

        func count(tokens: Int, sequences: Int) -> Int {
            switch self {
            case .offsets: sequences + 1
            case .votes, .temperatures, .components, .hasReference: sequences
            case .tokens, .advantages, .weights, .behavior, .reference, .mask: tokens
            }
        }

        /// Whether it says anything that its absence does not.
        func isNeeded(for sequences: [TrainingSequence]) -> Bool {
            switch self {
            case .votes: sequences.contains { $0.vote != 1 }
            case .components: sequences.contains { $0.component != nil }
            case .reference: sequences.contains { $0.referenceLogProbabilities != nil }
            case .hasReference:
                sequences.contains { $0.referenceLogProbabilities != nil }
                    && sequences.contains { $0.referenceLogProbabilities == nil }
            default: true
            }
        }
    }

    /// Writes the file; flushed to disk it is not, because a trainer reads it at once or never.
    ///
    /// - Parameter components: the loss's, in its order.
    /// - Throws: `WhetError` for a component that is none of these, or where the file cannot be written.
    package static func write(_ sequences: [TrainingSequence], components: [String] = [], to file: URL) throws {
        do { try data(of: sequences, components: components).write(to: file) } catch let error as WhetError {
            throw error
        } catch {
            throw WhetError("the batch cannot be written", at: file.path, because: error)
        }
    }

    /// The bytes of the file.
    ///
    /// - Throws: `WhetError` for a component that is none of `components`.
    package static func data(of sequences: [TrainingSequence], components: [String] = []) throws -> Data {
        let places = try sequences.map { sequence -> Int32 in
            guard let name = sequence.component else { return -1 }
            guard let place = components.firstIndex(of: name) else {
                throw WhetError.unknownName(name, kind: "component of the loss", among: components)
            }
            return Int32(place)
        }
        let tokens = sequences.reduce(0) { $0 + $1.tokens.count }
        let columns = Column.allCases.filter { $0.isNeeded(for: sequences) }
        let header = Safetensors.Header(
            columns.map { .init($0.rawValue, $0.type, shape: [$0.count(tokens: tokens, sequences: sequences.count)]) })
        guard let memory = malloc(header.fileSize) else {
            throw WhetError("the system has no memory for a batch of \(header.fileSize) bytes")
        }
        header.bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        for (column, range) in zip(columns, header.ranges) {
            var place = Place(memory: memory + range.lowerBound)
            switch column {
            case .offsets:
                var offset: Int64 = 0
                place.put(offset)
                for sequence in sequences {
                    offset += Int64(sequence.tokens.count)
                    place.put(offset)
                }
            case .votes: for sequence in sequences { place.put(sequence.vote) }
            case .temperatures: for sequence in sequences { place.put(sequence.temperature) }
            case .components: for component in places { place.put(component) }
            case .hasReference:
                for sequence in sequences { place.put(UInt8(sequence.referenceLogProbabilities == nil ? 0 : 1)) }
            case .tokens: for sequence in sequences { place.put(sequence.tokens) }
            case .mask: for sequence in sequences { place.put(sequence.mask) }
            case .advantages: for sequence in sequences { place.put(sequence.advantages) }
            case .weights: for sequence in sequences { place.put(sequence.weights) }
            case .behavior: for sequence in sequences { place.put(sequence.behaviorLogProbabilities) }
            case .reference:
                for sequence in sequences {
                    if let reference = sequence.referenceLogProbabilities {
                        place.put(reference)
                    } else {
                        place.putZeros(sequence.tokens.count * Column.reference.type.bytes)
                    }
                }
            }
        }
        return Data(bytesNoCopy: memory, count: header.fileSize, deallocator: .free)
    }

    /// Where the next element goes.
    private struct Place {
        var memory: UnsafeMutableRawPointer

        mutating func put<Element: BitwiseCopyable>(_ element: Element) {
            memory.storeBytes(of: element, as: Element.self)
            memory += MemoryLayout<Element>.size
        }

        /// A `Bool` is a byte, 0 or 1.
        mutating func put<Element: BitwiseCopyable>(_ elements: [Element]) {
            elements.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                memory.copyMemory(from: start, byteCount: bytes.count)
                memory += bytes.count
            }
        }

        mutating func putZeros(_ count: Int) {
            memset(memory, 0, count)
            memory += count
        }
    }
}

// MARK: Reading

extension BatchFile {
    /// Reads a batch.
    ///
    /// - Parameter components: what the numbers of its column `components` mean.
    /// - Throws: `WhetError` for whatever is not as the page says.
    package static func sequences(in file: URL, components: [String] = []) throws -> [TrainingSequence] {
        let columns = try Columns(file, components: components)
        return try (0..<columns.temperatures.count).map { try columns.sequence($0) }
    }

    private struct Columns {
        let place: String
        let names: [String]
        let offsets: [Int64]
        let tokens: [Int32]
        let mask: [UInt8]
        let advantages: [Float]
        let weights: [Float]
        let behavior: [Float]
        let reference: [Float]?
        let temperatures: [Float]
        let hasReference: [UInt8]?
        let components: [Int32]?
        let votes: [Double]?

        init(_ file: URL, components names: [String]) throws {
            place = file.path
            self.names = names
            let stored = try Safetensors(file: file)
            func optional<Element: BitwiseCopyable>(_ column: Column, _ type: Element.Type) throws -> [Element]? {
                guard let entry = stored.entries[column.rawValue] else { return nil }
                guard entry.type == column.type, entry.shape.count == 1 else {
                    throw WhetError(
                        "\"\(column.rawValue)\" is of type \(entry.type.rawValue) and shape \(entry.shape)",
                        at: file.path, expected: "\(column.type.rawValue) in one dimension")
                }
                return stored.elements(entry, as: type)
            }
            func required<Element: BitwiseCopyable>(_ column: Column, _ type: Element.Type) throws -> [Element] {
                guard let elements = try optional(column, type) else {
                    throw WhetError(
                        "the batch has no tensor \"\(column.rawValue)\"", at: file.path,
                        suggestion: column.rawValue.nearest(among: stored.entries.keys))
                }
                return elements
            }
            offsets = try required(.offsets, Int64.self)
            tokens = try required(.tokens, Int32.self)
            mask = try required(.mask, UInt8.self)
            advantages = try required(.advantages, Float.self)
            weights = try required(.weights, Float.self)
            behavior = try required(.behavior, Float.self)
            temperatures = try required(.temperatures, Float.self)
            reference = try optional(.reference, Float.self)
            hasReference = try optional(.hasReference, UInt8.self)
            components = try optional(.components, Int32.self)
            votes = try optional(.votes, Double.self)
            let sequences = temperatures.count
            for (column, count) in [
                (.offsets, offsets.count), (.mask, mask.count), (.advantages, advantages.count),
                (.weights, weights.count), (.behavior, behavior.count), (.reference, reference?.count),
                (.hasReference, hasReference?.count), (.components, components?.count), (.votes, votes?.count),
            ] as [(Column, Int?)] {
                let due = column.count(tokens: tokens.count, sequences: sequences)
                guard count ?? due == due else {
                    throw WhetError(
                        "\"\(column.rawValue)\" has \(count ?? 0) elements", at: place,
                        expected: "\(due), for \(tokens.count) tokens in \(sequences) sequences")
                }
            }
            guard offsets.first == 0, offsets.last == Int64(tokens.count),
                zip(offsets, offsets.dropFirst()).allSatisfy(<=)
            else {
                throw WhetError(
                    "\"offsets\" does not cut the tokens", at: place, expected: "rising from 0 to \(tokens.count)")
            }
        }

        func sequence(_ index: Int) throws -> TrainingSequence {
            func wrong(_ problem: String, _ expected: String) -> WhetError {
                WhetError(problem, at: "\(place): sequence \(index)", expected: expected)
            }
            let range = Int(offsets[index])..<Int(offsets[index + 1])
            guard temperatures[index] > 0, temperatures[index].isFinite else {
                throw wrong("the temperature is not above 0", "a finite number above 0")
            }
            guard range.isEmpty || mask[range.lowerBound] == 0 else {
                throw wrong("the first token is to be trained", "a mask that starts with 0")
            }
            let component = components.map { Int($0[index]) } ?? -1
            guard component == -1 || names.indices.contains(component) else {
                throw wrong("it is of component \(component)", "−1, or one of \(names.count) counted from 0")
            }
            let hasReference = reference != nil && self.hasReference?[index] != 0
            return TrainingSequence(
                tokens: Array(tokens[range]), mask: mask[range].map { $0 != 0 }, advantages: Array(advantages[range]),
                weights: Array(weights[range]), behaviorLogProbabilities: Array(behavior[range]),
                referenceLogProbabilities: hasReference ? reference.map { Array($0[range]) } : nil,
                component: component < 0 ? nil : names[component], temperature: temperatures[index],
                vote: votes?[index] ?? 1)
        }
    }
}
