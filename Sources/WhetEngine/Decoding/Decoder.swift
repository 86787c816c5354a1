import CWhetKernels

/// Feeds tokens to a model and gives the logits of what comes next, remembering keys and values of what it saw.
///
/// Keeps: a row of logits depends on its own sequence's tokens alone, to the bit: not on the other entries of a step,
/// not on how the tokens were cut into steps, not on the number of threads. Each entry goes through all layers on one
/// thread.
///
/// Not `Sendable`: confined to the engine's thread.
final class Decoder {
    /// Names a sequence of this decoder until it is closed.
    struct Sequence: Hashable, Sendable {
        fileprivate let number: Int
    }

    let configuration: ModelConfiguration
    private let weights: Weights
    private let workers: Workers
    private let cache: KeyValueCache
    private let table: RotaryTable
    private var scratches: [DecoderScratch]
    private var logits = FloatBuffer(0)

    /// - Parameters:
    ///   - threads: how many work on a step, the caller among them.
    ///   - precision: one that is available; see `Precision.check`.
    init(model: Model, threads: Int, precision: Precision = .fp32) {
        configuration = model.configuration
        weights = Weights(model, precision: precision)
        workers = Workers(threads: threads)
        cache = KeyValueCache(configuration)
        table = RotaryTable(configuration)
        scratches = (0..<threads).map { [configuration] _ in DecoderScratch(configuration, precision: precision) }
    }

    /// An empty sequence.
    func open() -> Sequence { Sequence(number: cache.open()) }

    /// A new sequence that starts with the first `length` cached tokens of another. Whole blocks of 64 tokens are
    /// shared.
    func fork(_ sequence: Sequence, length: Int) -> Sequence {
        precondition((0...self.length(of: sequence)).contains(length), "no more than the sequence has can be forked")
        return Sequence(number: cache.fork(sequence.number, length: length))
    }

    /// Forgets a sequence.
    func close(_ sequence: Sequence) { cache.close(sequence.number) }

    /// How many tokens a sequence has been fed.
    func length(of sequence: Sequence) -> Int {
        guard let length = cache.length(of: sequence.number) else { preconditionFailure("the sequence was closed") }
        return length
    }

    /// Tokens that open sequences hold; shared ones count for each.
    var cachedTokens: Int { cache.cachedTokens }

    /// Takes up other weights of the same shape. Close all sequences first: what they hold is of the old weights.
    func replaceParameters(with model: Model) {
        precondition(model.configuration == configuration, "the model has another shape")
        precondition(cache.pages.isEmpty, "sequences of the old weights are open")
        weights.replace(with: model.parameters)
    }

    /// Feeds each entry's tokens (a whole prompt, a chunk or one token) and gives the logits after its last token, row
    /// by row `[entries, vocabulary]`, valid until the next step.
    ///
    /// Tokens have to be in 0..<vocabularySize, entries not empty, and a sequence may stand in a step once.
    func step(_ entries: [(sequence: Sequence, tokens: [Int32])]) -> UnsafeBufferPointer<Float> {
        let vocabulary = configuration.vocabularySize
        if logits.count < entries.count * vocabulary { logits = FloatBuffer(entries.count * vocabulary) }
        var jobs: [DecoderJob] = []
        jobs.reserveCapacity(entries.count)
        var longest = 0
        for entry in entries {
            precondition(!entry.tokens.isEmpty, "an entry feeds at least one token")
            precondition(entry.tokens.allSatisfy { $0 >= 0 && $0 < vocabulary }, "a token is outside the vocabulary")
            let start = length(of: entry.sequence)
            cache.extend(entry.sequence.number, by: entry.tokens.count)
            longest = max(longest, start + entry.tokens.count)
            jobs.append(DecoderJob(sequence: entry.sequence.number, start: start, tokens: entry.tokens))
        }
        table.reserve(longest)
        let tokens = jobs.reduce(0) { $0 + $1.tokens.count }
        let units = DecoderJob.units(jobs, rows: max(8, (tokens + workers.count - 1) / workers.count))
        let pages = cache.pages
        let layers = DecoderLayers(weights: weights, table: table, pageSize: cache.pageSize)
        let logits = logits.pointer
        workers.run(units.count) { [scratches] item, worker in
            layers.run(jobs, in: units[item], pages: pages, scratch: scratches[worker], logits: logits)
        }
        return UnsafeBufferPointer(start: logits, count: entries.count * vocabulary)
    }
}

/// One entry of a step.
struct DecoderJob {
    let sequence: Int
    /// The place of its first token.
    let start: Int
    let tokens: [Int32]

    /// Cuts the jobs into runs of about `rows` tokens; how they are cut changes no result.
    static func units(_ jobs: [DecoderJob], rows: Int) -> [Range<Int>] {
        var units: [Range<Int>] = []
        var first = 0
        var held = 0
        for (index, job) in jobs.enumerated() {
            held += job.tokens.count
            if held >= rows {
                units.append(first..<index + 1)
                first = index + 1
                held = 0
            }
        }
        if first < jobs.count { units.append(first..<jobs.count) }
        return units
    }
}
