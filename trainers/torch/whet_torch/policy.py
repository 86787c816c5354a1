"""The model that is trained: any causal language model of transformers, whole or through LoRA adapters.

Keeps: trained weights are float32 (float64 for tests) whatever they are computed in, so that small steps are not lost;
packing sequences into one row changes nothing (a probe at loading decides whether the architecture can); dropout is
off, because ratios compare with what a server sampled without it.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
from dataclasses import dataclass

import torch
import transformers
from torch import Tensor
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

from .errors import TrainerError
from .fields import Fields
from .microbatch import MicroBatch
from .parallel import Processes
from .scoring import TokenScores

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}


@dataclass(frozen=True)
class Adapter:
    """LoRA, arXiv 2106.09685."""

    rank: int
    alpha: float
    targets: str | list[str]
    seed: int

    @staticmethod
    def read(fields: Fields) -> Adapter:
        rank = fields.integer("rank", 16, least=1)
        alpha = fields.number("alpha", 2 * rank, above=0)
        targets = fields.value_of("targets", "all-linear")
        names = targets if isinstance(targets, list) else [targets]
        if not names or not all(isinstance(name, str) and name for name in names):
            raise TrainerError('"targets" names no modules', fields.place, 'a list of names, or "all-linear"')
        return Adapter(rank, alpha, targets, fields.integer("seed", 0))


@dataclass(frozen=True)
class PolicySettings:
    directory: str
    dtype: str
    adapter: Adapter | None
    attention: str | None
    gradient_checkpointing: bool
    packing: str

    @staticmethod
    def read(fields: Fields) -> PolicySettings:
        directory = fields.text("model")
        weights = fields.fields("weights", {"kind": "full"})
        kind = weights.choice("kind", ("full", "lora"))
        adapter = Adapter.read(weights) if kind == "lora" else None
        weights.end()
        return PolicySettings(
            directory,
            fields.choice("dtype", DTYPES, "float32"),
            adapter,
            fields.optional_text("attention"),
            fields.flag("gradient_checkpointing", False),
            fields.choice("packing", ("auto", "never"), "auto"),
        )


class Policy:
    def __init__(self, settings: PolicySettings, processes: Processes):
        self.settings, self._processes = settings, processes
        self.dtype = DTYPES[settings.dtype]
        # What trained weights are kept in.
        self.master = torch.float64 if self.dtype == torch.float64 else torch.float32
        # Dropouts of the configuration, by their names, which go back into what is saved.
        self.dropouts: dict[str, float] = {}
        self.model = self._read()
        # Sharding gives the model another class.
        self.architecture = type(self.model)
        if settings.adapter is not None:
            self.model = self._adapted(self.model, settings.adapter)
        if settings.gradient_checkpointing:
            self.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        self._keeps_rows = "logits_to_keep" in inspect.signature(self.base.forward).parameters
        if processes.count > 1:
            self._shard()
        else:
            self.model.to(processes.device)
        # Before any computation: in one, whole tensors stand in the place of shards.
        self._trained = [(name, each) for name, each in self.model.named_parameters() if each.requires_grad]
        self.model.train()
        self.vocabulary = min(
            self.base.get_input_embeddings().weight.shape[0], self.base.get_output_embeddings().weight.shape[0]
        )
        self.packs = settings.packing == "auto" and self._can_pack()

    @property
    def base(self) -> torch.nn.Module:
        """The model of transformers, adapters within."""
        return self.model.get_base_model() if self.settings.adapter is not None else self.model

    def parameters(self) -> list[tuple[str, torch.nn.Parameter]]:
        """The trained ones, each once."""
        return self._trained

    def counts(self) -> tuple[int, int]:
        """How many numbers the model is, and how many of them are trained."""
        every = [parameter for _, parameter in self.model.named_parameters()]
        return sum(each.numel() for each in every), sum(each.numel() for each in every if each.requires_grad)

    def scores(self, piece: MicroBatch) -> tuple[Tensor, Tensor]:
        """Log-probability of each scored token under its temperature, and entropy of its distribution. `[scored]`"""
        return self._scores(piece.to(self._processes.device), self.packs)

    def _scores(self, piece: MicroBatch, packs: bool) -> tuple[Tensor, Tensor]:
        with self._precision():
            logits = self._packed(piece) if packs else self._padded(piece)
        return TokenScores.apply(logits, piece.targets, piece.inverse_temperatures)

    @contextlib.contextmanager
    def scoring(self, of_base: bool = False):
        """Without gradients; of the model without its adapters if `of_base`."""
        self.model.eval()
        try:
            with torch.no_grad(), self.model.disable_adapter() if of_base else contextlib.nullcontext():
                yield
        finally:
            self.model.train()
            if self._processes.count > 1:
                self.model.reshard()

    # MARK: loading

    def _read(self) -> torch.nn.Module:
        directory = self.settings.directory
        transformers.utils.logging.disable_progress_bar()
        if not os.path.isfile(os.path.join(directory, "config.json")):
            raise TrainerError("there is no model", directory, "a Hugging Face model directory, with config.json")
        # Frozen weights are never stepped, so they need no more than what they are computed in.
        dtype = self.dtype if self.settings.adapter is not None else self.master
        try:
            config = transformers.AutoConfig.from_pretrained(directory, local_files_only=True)
            self._silence_dropout(config)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                directory,
                config=config,
                dtype=dtype,
                local_files_only=True,
                **({"attn_implementation": self.settings.attention} if self.settings.attention else {}),
            )
            for module in model.modules():
                # It would leave the gradient of that token out, even where a sequence holds it.
                if isinstance(module, torch.nn.Embedding):
                    module.padding_idx = None
            return model
        except (OSError, ValueError, ImportError, KeyError, RuntimeError, json.JSONDecodeError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise TrainerError(
                f"the model cannot be read: {first}", directory, "a causal language model that transformers loads"
            ) from error

    def _silence_dropout(self, config) -> None:
        for name, value in list(vars(config).items()):
            if ("dropout" in name or name.endswith("pdrop")) and isinstance(value, float) and value != 0:
                self.dropouts[name] = value
                setattr(config, name, 0.0)

    def _adapted(self, model: torch.nn.Module, adapter: Adapter) -> torch.nn.Module:
        import peft

        # The same in every process and every run.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(adapter.seed)
            try:
                return peft.get_peft_model(
                    model,
                    peft.LoraConfig(
                        task_type="CAUSAL_LM",
                        r=adapter.rank,
                        lora_alpha=adapter.alpha,
                        lora_dropout=0.0,
                        target_modules=adapter.targets,
                    ),
                )
            except ValueError as error:
                raise TrainerError(
                    f"the adapter does not fit the model: {str(error).splitlines()[0]}",
                    "weights",
                    'modules of the model as "targets", or "all-linear"',
                ) from error

    def _shard(self) -> None:
        half = self.dtype == torch.bfloat16
        policy = MixedPrecisionPolicy(
            param_dtype=torch.bfloat16 if half else None, reduce_dtype=torch.float32 if half else None
        )
        for block in self._blocks():
            fully_shard(block, mesh=self._processes.mesh, mp_policy=policy)
        fully_shard(self.model, mesh=self._processes.mesh, mp_policy=policy)

    def _blocks(self) -> list[torch.nn.Module]:
        """The layers: members of the model's longest list of modules."""
        lists = [module for module in self.base.modules() if isinstance(module, torch.nn.ModuleList)]
        return list(max(lists, key=lambda each: sum(p.numel() for p in each.parameters()), default=[]))

    # MARK: computing

    def _precision(self):
        if self.dtype != torch.bfloat16 or self._processes.count > 1:
            return contextlib.nullcontext()
        return torch.autocast(self._processes.device.type, torch.bfloat16)

    def _packed(self, piece: MicroBatch) -> Tensor:
        """Sequences behind one another in one row; positions that begin again at 0 keep them apart. `[scored, V]`"""
        inputs = {"input_ids": piece.inputs[None], "position_ids": piece.positions[None], "use_cache": False}
        if self._keeps_rows:
            return self.model(**inputs, logits_to_keep=piece.rows).logits[0]
        return self.model(**inputs).logits[0, piece.rows]

    def _padded(self, piece: MicroBatch) -> Tensor:
        """One row each, padded on the right, which a causal model never looks at. `[scored, V]`"""
        count, longest = len(piece.lengths), int(piece.lengths.max())
        own = torch.repeat_interleave(torch.arange(count, device=piece.lengths.device), piece.lengths)
        inputs = piece.inputs.new_zeros(count, longest)
        inputs[own, piece.positions] = piece.inputs
        seen = torch.zeros_like(inputs)
        seen[own, piece.positions] = 1
        logits = self.model(input_ids=inputs, attention_mask=seen, use_cache=False).logits
        return logits[own[piece.rows], piece.positions[piece.rows]]

    def _can_pack(self) -> bool:
        """Whether the second of two sequences in one row has the log-probabilities that it has alone.

        What is left of the first is measured by what it would be if the two were one sequence.
        """
        generator = torch.Generator().manual_seed(0)
        inputs, targets = torch.randint(self.vocabulary, (2, 19), generator=generator)

        def probe(lengths: list[int], packs: bool) -> Tensor:
            own = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
            positions = torch.cat([torch.arange(length) for length in lengths])
            rows = torch.arange(19)
            piece = MicroBatch(
                torch.arange(len(lengths)),
                torch.tensor(lengths),
                rows,
                own,
                positions,
                inputs,
                rows,
                targets,
                torch.ones(19),
            )
            return self._scores(piece.to(self._processes.device), packs)[0][7:].float()

        with self.scoring():
            apart, joined = probe([7, 12], False), probe([19], False)
            try:
                packed = probe([7, 12], True)
            except (TypeError, ValueError, RuntimeError, NotImplementedError):
                return False
        # Beyond rounding, which a log-probability in bfloat16 has some 1e-2 of.
        limit = 5e-2 if self.dtype == torch.bfloat16 else 1e-3
        return bool((packed - apart).abs().mean() <= limit * (joined - apart).abs().mean())
