import CWhetKernels

/// Keys and values of sequences, in blocks of 64 tokens that sequences can share.
///
/// Keeps: a block that two sequences hold is never written; writing happens only in the last, unshared block.
final class KeyValueCache {
    /// Keys and values of 64 tokens of all layers and heads: `[layers][key-value heads][page]`.
    final class Block {
        let floats: FloatBuffer
        init(size: Int) { floats = FloatBuffer(size) }
    }

    struct Pages {
        var blocks: [Block] = []
        var length = 0
    }

    private let configuration: ModelConfiguration
    let pageSize: Int
    private var free: [Block] = []
    private(set) var pages: [Int: Pages] = [:]
    private var next = 0

    init(_ configuration: ModelConfiguration) {
        self.configuration = configuration
        pageSize = whet_page_size(configuration.headSize)
    }

    static let pageTokens = Int(WHET_PAGE)
    private var blockSize: Int { configuration.layers * configuration.keyValueHeads * pageSize }
    var cachedTokens: Int { pages.values.reduce(0) { $0 + $1.length } }

    func length(of sequence: Int) -> Int? { pages[sequence]?.length }

    func open() -> Int {
        defer { next += 1 }
        pages[next] = Pages()
        return next
    }

    func close(_ sequence: Int) {
        guard let closed = pages.removeValue(forKey: sequence) else { return }
        for block in closed.blocks { release(block) }
    }

    /// A block goes back to the free ones when nobody else holds it.
    private func release(_ block: Block) {
        owners[ObjectIdentifier(block), default: 1] -= 1
        guard owners[ObjectIdentifier(block)] == 0 else { return }
        owners[ObjectIdentifier(block)] = nil
        free.append(block)
    }

    private var owners: [ObjectIdentifier: Int] = [:]

    private func newBlock() -> Block {
        let block = free.popLast() ?? Block(size: blockSize)
        owners[ObjectIdentifier(block)] = 1
        return block
    }

    func fork(_ sequence: Int, length: Int) -> Int {
        let copy = open()
        guard let source = pages[sequence] else { return copy }
        let whole = length / KeyValueCache.pageTokens
        var forked = Pages(blocks: Array(source.blocks.prefix(whole)), length: length)
        for block in forked.blocks { owners[ObjectIdentifier(block), default: 0] += 1 }
        if length % KeyValueCache.pageTokens != 0 {
            let last = newBlock()
            last.floats.pointer.update(from: source.blocks[whole].floats.pointer, count: blockSize)
            forked.blocks.append(last)
        }
        pages[copy] = forked
        return copy
    }

    /// Makes room for `count` more tokens and counts them in.
    func extend(_ sequence: Int, by count: Int) {
        guard var grown = pages.removeValue(forKey: sequence) else { return }
        grown.length += count
        while grown.blocks.count * KeyValueCache.pageTokens < grown.length { grown.blocks.append(newBlock()) }
        pages[sequence] = grown
    }
}
