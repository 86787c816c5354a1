"""The processes that torchrun started, or this one alone.

Keeps: process 0 alone reads requests and answers; all do the same calls in the same order.
"""

from __future__ import annotations

import datetime
import os

import torch
import torch.distributed as distributed


class Processes:
    def __init__(self):
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        self.local_rank = int(os.environ.get("LOCAL_RANK", "0"))
        self.device = torch.device("cpu")
        if torch.cuda.is_available():
            self.device = torch.device("cuda", self.local_rank)
            torch.cuda.set_device(self.device)
        self.mesh = None
        if self.count > 1:
            backend = "cpu:gloo,cuda:nccl" if self.device.type == "cuda" else "gloo"
            distributed.init_process_group(backend)
            # Between two requests hours may pass.
            self._requests = distributed.new_group(backend="gloo", timeout=datetime.timedelta(days=365))
            self.mesh = distributed.init_device_mesh(self.device.type, (self.count,))

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def broadcast_line(self, line: str | None) -> str | None:
        """Process 0's line, in every process; may wait for long."""
        if self.count == 1:
            return line
        box = [line]
        distributed.broadcast_object_list(box, src=0, group=self._requests)
        return box[0]

    def gather(self, value: object) -> list:
        """Every process's value, in their order, in every process."""
        if self.count == 1:
            return [value]
        values = [None] * self.count
        distributed.all_gather_object(values, value, group=self._requests)
        return values

    def sum(self, numbers: torch.Tensor) -> torch.Tensor:
        """In place, over the processes; a tensor of the CPU."""
        if self.count > 1:
            distributed.all_reduce(numbers, group=self._requests)
        return numbers

    def barrier(self) -> None:
        if self.count > 1:
            distributed.barrier(group=self._requests)

    def close(self) -> None:
        """All have answered; nobody leaves while another may wait for it."""
        try:
            self.barrier()
        except RuntimeError:
            pass  # Another was through and has gone.
