import WhetEngine
import WhetText

/// Turns sampled tokens into the text a client sees, as they come.
///
/// Keeps: what it gives is, joined, the decoded tokens without the stop string that ended them (where that is to be
/// trimmed) and what follows it. Text that may yet turn out to begin a stop string is held back.
struct TextAssembler {
    private var decoder: StreamingDecoder
    private let stops: [[UInt8]]
    private var held = ""

    init(_ tokenizer: Tokenizer, sampling: SamplingFields) {
        decoder = StreamingDecoder(tokenizer, skipSpecialTokens: sampling.skipsSpecialTokens)
        stops = sampling.trimsStop ? sampling.parameters.stopStrings.map { Array($0.utf8) } : []
    }

    mutating func append(_ tokens: [SampledToken]) -> String {
        for token in tokens { held += decoder.append(token.token) }
        if stops.isEmpty { return take(held.utf8.count) }
        let bytes = Array(held.utf8)
        // A stop string that is there in full is held back with all that follows it, until `finish` cuts it off.
        let safe = bytes.indices.first { start in
            stops.contains { stop in bytes[start...].starts(with: stop) || stop.starts(with: bytes[start...]) }
        }
        return take(safe ?? bytes.count)
    }

    mutating func finish(_ stop: GenerationEngine.Stop?) -> String {
        held += decoder.finish()
        defer { held = "" }
        guard case .string(let text) = stop, !stops.isEmpty else { return held }
        // Bytes, because a stop string may end in the middle of what Swift takes for one character.
        let bytes = Array(held.utf8), wanted = Array(text.utf8)
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: wanted) }) else { return held }
        return String(decoding: bytes[..<start], as: UTF8.self)
    }

    /// Takes that many bytes off the front, to the nearest whole scalar below.
    private mutating func take(_ count: Int) -> String {
        var end = held.utf8.index(held.startIndex, offsetBy: count)
        while end > held.startIndex, end < held.endIndex, held.utf8[end] & 0xC0 == 0x80 {
            end = held.utf8.index(before: end)
        }
        let text = String(held[..<end])
        held = String(held[end...])
        return text
    }
}

extension ServedModel {
    /// The text of a whole output.
    func text(of output: GenerationEngine.Output, sampling: SamplingFields) -> String {
        if output.stop == nil || sampling.parameters.stopStrings.isEmpty {
            return tokenizer.decode(output.tokens.map(\.token), skipSpecialTokens: sampling.skipsSpecialTokens)
        }
        var assembler = TextAssembler(tokenizer, sampling: sampling)
        return assembler.append(output.tokens) + assembler.finish(output.stop)
    }
}
