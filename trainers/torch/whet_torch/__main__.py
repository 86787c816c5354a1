"""`python -m whet_torch`, or `torchrun --nproc-per-node 8 -m whet_torch`."""

from __future__ import annotations

import os
import sys

from . import server


def main() -> int:
    lines = server.Lines() if os.environ.get("RANK", "0") == "0" else None
    parent = server.end_with_parent()
    if lines:
        lines.start(parent)
    # After the streams are ours: what these print is log.
    from .parallel import Processes
    from .trainer import Trainer

    processes = Processes()
    server.serve(lines, processes, Trainer(processes))
    processes.close()
    return 0


if __name__ == "__main__":
    sys.stdout.flush()
    raise SystemExit(main())
