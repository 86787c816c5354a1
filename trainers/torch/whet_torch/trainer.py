"""The requests of whet-trainer that do something, in every process alike (docs/trainers.md).

Keeps: everything is checked before any work; gradients add up over forward_backward until optimizer_step, which clears
them; a request that comes again with its id is answered from what was done.
"""

from __future__ import annotations

import os
import uuid

import torch
from safetensors.torch import save_file

from . import __version__, accounting, batch, checkpoint, divergence, files, loss, microbatch
from .catalog import OBJECTIVES
from .errors import TrainerError
from .fields import Fields
from .ledger import Ledger
from .optimizer import Optimizer, OptimizerSettings
from .parallel import Processes
from .policy import DTYPES, Policy, PolicySettings

PROTOCOL, VERSION = "whet-trainer", 1
LOG_PROBABILITIES = "log_probabilities.safetensors"


class Trainer:
    def __init__(self, processes: Processes):
        self._processes = processes
        self._policy: Policy | None = None
        self._optimizer: Optimizer | None = None
        self._ledger = Ledger()
        # By id. Of this process alone: what another loaded is not loaded here.
        self._loads: dict[str, dict] = {}
        self._has_gradients = False
        self._micro_batch_tokens = 0
        # Another one means that whatever was not saved is gone.
        self._instance = str(uuid.uuid4())
        self.methods = {
            "hello": self.hello,
            "load": self.load,
            "log_probabilities": self.log_probabilities,
            "forward_backward": self.forward_backward,
            "optimizer_step": self.optimizer_step,
            "save": self.save,
            "export": self.export,
        }

    def hello(self, fields: Fields) -> dict:
        fields.choice("protocol", (PROTOCOL,), PROTOCOL)
        version = fields.integer("version")
        fields.end()
        if version != VERSION:
            raise TrainerError(f"this trainer speaks version {VERSION} of {PROTOCOL}, not {version}", "hello")
        return {
            "protocol": PROTOCOL,
            "version": VERSION,
            "name": "torch",
            "release": __version__,
            "instance": self._instance,
            "capabilities": {
                "objectives": list(OBJECTIVES),
                "aggregations": list(loss.AGGREGATIONS),
                "kl_estimators": list(divergence.ESTIMATORS),
                "components": True,
                "entropy_bonus": True,
                "weights": ["full", "lora"],
                "dtypes": list(DTYPES),
                "publishes": ["directory", "adapter"],
                "base_log_probabilities": True,
            },
            "processes": self._processes.count,
            "device": str(self._processes.device),
        }

    def load(self, fields: Fields) -> dict:
        id = fields.text("batch")
        settings = PolicySettings.read(fields)
        optimizer_settings = OptimizerSettings.read(fields.fields("optimizer", {}))
        tokens = fields.integer("micro_batch_tokens", 8192, least=1)
        directory = fields.optional_text("checkpoint")
        threads = fields.integer("threads", None, least=1, optional=True)
        fields.end()
        if id in self._loads and self._policy is not None:
            return repeated(self._loads[id])
        if threads is not None:
            torch.set_num_threads(threads)
        policy = self._policy
        if directory is None or policy is None or policy.settings != settings:
            # The old one goes first: two may not fit.
            self._policy = self._optimizer = policy = None
            policy = Policy(settings, self._processes)
        optimizer = Optimizer(policy, optimizer_settings, self._processes)
        ledger = Ledger()
        if directory is not None:
            ledger = Ledger.read(checkpoint.metadata(directory), directory)
            checkpoint.load(policy, optimizer, directory)
        self._policy, self._optimizer, self._ledger = policy, optimizer, ledger
        self._has_gradients, self._micro_batch_tokens = False, tokens
        total, trained = policy.counts()
        result = {
            "step": optimizer.step,
            "applied": ledger.applied,
            "parameters": total,
            "trained_parameters": trained,
            "vocabulary": policy.vocabulary,
            "packing": policy.packs,
        }
        self._loads[id] = result
        return result

    def log_probabilities(self, fields: Fields) -> dict:
        directory = fields.text("directory")
        of_base = fields.choice("of", ("policy", "base"), "policy") == "base"
        fields.end()
        policy, _ = self._loaded()
        if of_base and policy.settings.adapter is None:
            raise TrainerError(
                "the model has no adapters to leave out",
                'log_probabilities: "of"',
                '"policy"',
                remedy="load the base in a trainer of its own, or train with LoRA",
            )
        streams = self._read(directory)
        total = torch.zeros(len(streams.tokens), dtype=torch.float64)
        with policy.scoring(of_base):
            for piece in self._own_pieces(streams, microbatch.scored_mask(streams)):
                found, _ = policy.scores(piece)
                total[piece.scored] = found.double().cpu()
        self._processes.sum(total)
        if self._processes.is_first:
            _write(total.float(), os.path.join(directory, LOG_PROBABILITIES))
        self._processes.barrier()
        return {"tokens": len(total), "file": LOG_PROBABILITIES}

    def forward_backward(self, fields: Fields) -> dict:
        id, directory = fields.text("batch"), fields.text("directory")
        own_loss = loss.Loss.read(fields.fields("loss"))
        fields.end()
        policy, optimizer = self._loaded()
        if (done := self._ledger.answer("forward_backward", id)) is not None:
            return repeated(done)
        streams = self._read(directory)
        batch.check_loss(streams, own_loss, os.path.join(directory, batch.FILE))
        sums = accounting.Accounting(streams, own_loss)
        try:
            for piece in self._own_pieces(streams, streams.mask):
                scores = policy.scores(piece)
                slopes = sums.slopes(piece, *(each.detach().double().cpu() for each in scores))
                # Sharded gradients are means over the processes; the batch's is the sum.
                scaled = [(each * self._processes.count).to(scores[0]) for each in slopes]
                torch.autograd.backward(scores, scaled)
        except Exception as error:
            optimizer.clear()
            dropped = self._ledger.drop()
            self._has_gradients = False
            error.dropped = dropped
            # Of several processes the others still compute; only all ending together ends that.
            if isinstance(error, torch.OutOfMemoryError) and self._processes.count == 1:
                raise TrainerError(
                    "the device's memory is full; the gradients that waited were thrown away",
                    f"batch {id}",
                    remedy="lower micro_batch_tokens, or set gradient_checkpointing",
                    dropped=dropped,
                ) from error
            raise
        sums.merge(self._processes.gather(sums.parts))
        result = sums.report
        self._has_gradients = self._has_gradients or result["tokens"] > 0
        self._ledger.wait(id)
        self._ledger.did("forward_backward", id, result)
        return result

    def optimizer_step(self, fields: Fields) -> dict:
        id, rate = fields.text("batch"), fields.number("learning_rate", least=0)
        fields.end()
        _, optimizer = self._loaded()
        if (done := self._ledger.answer("optimizer_step", id)) is not None:
            return repeated(done)
        try:
            norm = optimizer.update(rate)
        except TrainerError as error:
            error.dropped = self._ledger.drop()
            raise
        finally:
            self._has_gradients = False
        result = {"gradient_norm": norm, "step": optimizer.step, "applied": list(self._ledger.waiting)}
        self._ledger.apply()
        self._ledger.did("optimizer_step", id, result)
        return result

    def save(self, fields: Fields) -> dict:
        id, directory = fields.text("batch"), fields.text("directory")
        fields.end()
        policy, optimizer = self._loaded()
        if (done := self._ledger.answer("save", id)) is not None:
            return repeated(done)
        if self._has_gradients:
            raise TrainerError(
                "gradients wait to be applied and would be lost", directory, remedy="call optimizer_step before save"
            )
        result = {"directory": directory, "kind": self._kind, "step": optimizer.step}
        checkpoint.save(policy, optimizer, self._ledger.metadata(id, result), directory, self._processes)
        self._ledger.did("save", id, result)
        self._ledger.saved()
        return result

    def export(self, fields: Fields) -> dict:
        id, directory = fields.text("batch"), fields.text("directory")
        kind = fields.choice("kind", ("directory", "adapter"), None) if fields.value_of("kind") is not None else None
        fields.end()
        policy, optimizer = self._loaded()
        if (done := self._ledger.answer("export", id)) is not None:
            return repeated(done)
        if kind == "adapter" and policy.settings.adapter is None:
            raise TrainerError("the policy has no adapter", 'export: "kind"', '"directory"')
        kind = kind or self._kind
        checkpoint.export(policy, directory, self._processes, is_merged=kind != self._kind)
        result = {"directory": directory, "kind": kind, "step": optimizer.step}
        self._ledger.did("export", id, result)
        return result

    @property
    def _kind(self) -> str:
        """How servers take what was written."""
        return "directory" if self._policy.settings.adapter is None else "adapter"

    def _loaded(self) -> tuple[Policy, Optimizer]:
        if self._policy is None or self._optimizer is None:
            raise TrainerError("there is no policy yet", remedy="send load first")
        return self._policy, self._optimizer

    def _read(self, directory: str) -> batch.Batch:
        streams = batch.read(directory)
        batch.check_tokens(streams, self._policy.vocabulary, os.path.join(directory, batch.FILE))
        return streams

    def _own_pieces(self, streams: batch.Batch, mask: torch.Tensor) -> list[microbatch.MicroBatch]:
        """This process's pieces; as many in each, because all of them compute together."""
        count = self._processes.count
        pads = not self._policy.packs
        limit = min(self._micro_batch_tokens, self._policy.row_limit or self._micro_batch_tokens)
        pieces = microbatch.cut(streams, mask, limit, processes=count, pads=pads)
        pieces += [microbatch.empty()] * (-len(pieces) % count)
        return pieces[self._processes.rank :: count]


def repeated(result: dict) -> dict:
    return {**result, "repeated": True}


def _write(numbers: torch.Tensor, path: str) -> None:
    """Whole or not at all."""
    temporary = f"{path}.{uuid.uuid4()}.partial"
    try:
        save_file({"log_probabilities": numbers}, temporary)
        files.flush(temporary)
        os.rename(temporary, path)
    except Exception as error:
        raise TrainerError(f"the log-probabilities cannot be written: {error}", path) from error
