import CWhetKernels
import WhetCore

/// A pool of threads that share the items of one job at a time; the caller works too.
///
/// Keeps: which worker takes an item, and how many there are, never changes what the item computes.
final class Workers {
    private let handle: OpaquePointer
    /// The caller among them.
    let count: Int

    init(threads: Int) {
        precondition(threads > 0, "there is at least the thread that calls")
        guard let handle = whet_workers_create(Int32(threads)) else {
            fatalError("the system gave no \(threads) threads")
        }
        self.handle = handle
        count = threads
    }

    deinit { whet_workers_destroy(handle) }

    /// Calls `body(item, worker)` for each item, in no order, on the pool's threads; returns when all are done. What
    /// one item writes no other may touch; `worker` is in 0..<count and tells the threads' scratch memory apart.
    func run(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { pointer in
                whet_workers_run(
                    handle, items,
                    { context, item, worker in
                        // The context is the pointer two lines below, alive until `whet_workers_run` returns.
                        context!.assumingMemoryBound(to: ((Int, Int) -> Void).self).pointee(item, worker)
                    }, UnsafeMutableRawPointer(mutating: pointer))
            }
        }
    }
}
