"""`python -m whet_torch`, or `torchrun --nproc-per-node 8 -m whet_torch`."""

from __future__ import annotations

import os
import sys

from . import server


def main() -> int:
    lines = server.Lines() if os.environ.get("RANK", "0") == "0" else None
    ancestors = server.Ancestors()
    if lines:
        lines.start(ancestors)
    # After the streams are ours: what these print is log.
    try:
        from .parallel import Processes
        from .trainer import Trainer
    except ImportError as error:
        return server.refuse(lines, f"a Python package cannot be imported: {error}", "pip install ./trainers/torch")

    processes = Processes()
    server.serve(lines, processes, Trainer(processes))
    processes.close()
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: gloo's threads and the one that reads do not always survive the interpreter's own end.
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
