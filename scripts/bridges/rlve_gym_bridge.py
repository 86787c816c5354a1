"""RLVE-Gym for whet, from a checkout of its repository: `rlve_gym_bridge.py CHECKOUT`, the folder that holds Gym/.

- A task at level d uses a parameter of the environment's controller after d updates, as RLVE does; where the controller
  offers several, the seed chooses. Seeds below 2^32 give RLVE-Gym's own problem for that seed.
- A generation that fails is tried again with the next seed, as RLVE does, but one that takes too long is an error:
  which seeds are slow depends on the machine.
- Prompt, processor and scorer are the environment's; rewards are in -1…1, and -1 is also what RLVE-Gym gives where
  its scorer fails on an answer. Solved is RLVE's `accuracy`.
- The problem is the environment's parameter and passing threshold. A parameter that JSON would change (tuples, number
  keys) also comes as the Python literal that scoring reads.
- The demonstration is the parameter's reference answer, if the scorer passes it.
"""

import ast
import functools
import json
import os
import random
import sys
import types

from bridge_support import (
    ANSWER_INSTRUCTION,
    Environment,
    answer,
    closed,
    enclosed_answer,
    folded,
    serve,
    time_limit,
    unhangable,
)

#: A controller has no last level; what matters is that generation at this one is out of reach for most.
MAXIMUM_LEVEL = 100
SECONDS = 10  # RLVE's own limit of a generation
ATTEMPTS = 16
#: Their scorers hand the answer to SymPy, where 9**9**9 is one call into C that no time limit of Python's ends.
HANGING = {"Differentiate", "Integral"}


def load_gym(checkout):
    """The environments and the controllers of a checkout, by name."""
    if not os.path.isfile(os.path.join(checkout, "Gym", "environment.py")):
        raise SystemExit(f"{checkout} is no checkout of RLVE: there is no Gym/environment.py in it")
    # Gym seeds PyTorch, and no environment draws from it: a gigabyte that needs not be installed.
    torch = types.ModuleType("torch")
    torch.manual_seed = lambda seed: None
    torch.cuda = types.SimpleNamespace(manual_seed_all=lambda seed: None)
    sys.modules["torch"] = torch
    sys.path.insert(0, os.path.abspath(checkout))
    from Gym.environments import identifier2environment
    from Gym.parameter_controllers import identifier2controller

    return identifier2environment, identifier2controller


@functools.lru_cache(maxsize=4096)
def parsed(literal):
    """The parameter that a Python literal stands for; a group's rollouts share it."""
    return ast.literal_eval(literal)


def packed(parameter):
    """A parameter as it is kept in a problem."""
    literal = repr(parameter)
    if ast.literal_eval(literal) != parameter:
        raise ValueError("the parameter is not made of Python literals")
    text = json.dumps(parameter, default=str)
    # repr tells a tuple from a list and 1 from "1", which == and JSON do not.
    return {"parameter": json.loads(text)} | ({} if repr(json.loads(text)) == literal else {"literal": literal})


def unpacked(problem):
    """The parameter again."""
    return parsed(problem["literal"]) if "literal" in problem else problem["parameter"]


class RLVE(Environment):
    """One environment of RLVE-Gym."""

    maximum_level = MAXIMUM_LEVEL

    def __init__(self, name, environment, controller):
        self.name, self.environment, self.controller = name, environment, controller
        self.levels = []

    def parameters(self, level):
        """What the controller offers after `level` updates."""
        if not self.levels:
            self.updated = self.controller()
            self.levels.append(json.loads(json.dumps(self.updated.get_parameter_list())))
        while len(self.levels) <= level:
            self.updated.update()
            self.levels.append(json.loads(json.dumps(self.updated.get_parameter_list())))
        return self.levels[level]

    def task(self, level, seed, options):
        made, start = self.environment(), folded(seed)
        parameter = random.Random(f"{level}/{seed}").choice(self.parameters(level))
        with time_limit(SECONDS, f"generating {self.name} at level {level}"):
            for attempt in range(ATTEMPTS):
                made.seed, made.parameter = (start + attempt) % 2**32, json.loads(json.dumps(parameter))
                seed_generators(made.seed)
                try:
                    made._generate()
                except Exception as error:
                    failure = error
                    continue
                if made.parameter is not None:
                    break
                failure = ValueError("the environment gave up")
            else:
                raise ValueError(f"no problem in {ATTEMPTS} seeds; the last: {type(failure).__name__}: {failure}")
            prompt = made.prompt_generator()
        problem = {
            "seed": made.seed,
            "passing_reward_threshold": made.passing_reward_threshold,
            **packed(made.parameter),
        }
        return f"{prompt.rstrip()}\n\n{ANSWER_INSTRUCTION}", problem

    def reward(self, problem, output):
        """RLVE's reward of a policy's output; -1 where its scorer fails, as its verifier does."""
        output = closed(output)
        judge = self.environment()
        judge.set_config({**problem, "parameter": unpacked(problem)})
        if self.name in HANGING:
            # Their own limit of 10 s, in a thread, ends what is Python.
            try:
                return unhangable(SECONDS + 5, f"scoring {self.name}", lambda: judge.scorer(output))
            except RuntimeError:
                return -1.0
        with time_limit(SECONDS, f"scoring {self.name}"):
            try:
                return float(judge.scorer(output))
            except Exception:
                return -1.0

    def score(self, problem, messages):
        reward = self.reward(problem, answer(messages))
        solved = reward >= problem["passing_reward_threshold"] - 1e-6
        return {"reward": reward, "solved": solved, "reason": f"RLVE-Gym's {self.name} gives {reward:g}"}

    def demonstration(self, problem):
        reference = unpacked(problem).get("reference_answer")
        if reference is None:
            return None
        text = enclosed_answer(reference)
        return text if self.score(problem, [{"role": "assistant", "content": text}])["solved"] else None


def seed_generators(seed):
    """As Gym.environment.manual_seed, less PyTorch."""
    import numpy

    random.seed(seed)
    numpy.random.seed(seed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: rlve_gym_bridge.py CHECKOUT")
    environments, controllers = load_gym(sys.argv[1])
    serve(*(RLVE(name, environments[name], controllers[name]) for name in environments))
    os._exit(0)  # a scorer's own timed-out thread would keep the process alive
