"""Times the hand-over of a batch of a million tokens: `python tests/handover.py [folder]`."""

import os
import sys
import tempfile
import time

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]

import batches  # noqa: E402
from whet_torch import accounting, batch, loss, microbatch  # noqa: E402
from whet_torch.fields import Fields  # noqa: E402

arrays = batches.random_batch(0, [1000] * 1000, 150_000, reference=True)
own_loss = loss.Loss.read(Fields({"objective": "ppo_clip", "aggregation": "seq-mean-token-mean"}, "loss"))


def timed(work):
    times = []
    for _ in range(7):
        start = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - start) * 1e3)
    return result, f"{sorted(times)[len(times) // 2]:6.1f} ms (best {min(times):.1f}, worst {max(times):.1f})"


with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
    _, written = timed(lambda: batches.write(arrays, folder))
    size = os.path.getsize(os.path.join(folder, batch.FILE)) / 1e6
    streams, read = timed(lambda: batch.read(folder))

    def check():
        batch.check_tokens(streams, 150_000, folder)
        batch.check_loss(streams, own_loss, folder)

    def whole():
        fresh = batch.read(folder)
        batch.check_tokens(fresh, 150_000, folder)
        batch.check_loss(fresh, own_loss, folder)
        accounting.Accounting(fresh, own_loss)
        return microbatch.cut(fresh, fresh.mask, 8192)

    print(f"1,000 sequences of 1,000 tokens, {size:.0f} MB")
    print("write            ", written)
    print("read and check   ", read)
    print("check for a loss ", timed(check)[1])
    print("shares           ", timed(lambda: accounting.Accounting(streams, own_loss))[1])
    print("cut into pieces  ", timed(lambda: microbatch.cut(streams, streams.mask, 8192))[1])
    print("all but the write", timed(whole)[1])
