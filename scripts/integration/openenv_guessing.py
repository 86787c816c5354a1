"""A server of OpenEnv to try whet with: guess a number below 10.

    pip install openenv-core
    python scripts/integration/openenv_guessing.py 8000
"""

import sys

import uvicorn
from openenv.core.env_server import Action, Environment, Observation, State, create_fastapi_app


class Guess(Action):
    guess: int


class Hint(Observation):
    hint: str


class Guessing(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, seed=None, episode_id=None, **_):
        self.secret, self.steps = (seed or 0) * 7 % 10, 0
        return Hint(hint="I think of a number from 0 to 9. Which is it?")

    def step(self, action, **_):
        self.steps += 1
        right = action.guess == self.secret
        hint = "right" if right else "higher" if action.guess < self.secret else "lower"
        return Hint(hint=hint, reward=float(right), done=right or self.steps == 4)

    @property
    def state(self):
        return State(step_count=self.steps)


if __name__ == "__main__":
    app = create_fastapi_app(Guessing, Guess, Hint, max_concurrent_envs=8)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
