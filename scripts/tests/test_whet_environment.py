"""The helper speaks the protocol of docs/environment-protocol.md: `python3 -m unittest discover scripts/tests`."""

import contextlib
import fractions
import io
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, SCRIPTS)

import whet_environment  # noqa: E402
from whet_environment import Environment, answer  # noqa: E402


class Double(Environment):
    name = "double"
    maximum_level = 3

    def task(self, level, seed, options):
        return f"Twice {seed}?", {"result": 2 * seed, "options": options}

    def score(self, problem, messages):
        return answer(messages) == str(problem["result"])

    def demonstration(self, problem):
        return str(problem["result"])


class Echo(Environment):
    """Two turns, and every way to fail."""

    name = "echo"
    options = {"type": "object", "properties": {"loud": {"type": "boolean"}}}

    def task(self, level, seed, options):
        if seed == 13:
            raise ValueError("thirteen")
        if seed == 14:
            sys.exit("an environment must not end its worker")
        if seed == 15:
            return "not JSON", {"set": {1}}
        return [{"role": "system", "content": "echo"}, {"role": "user", "content": "hello"}], {"seed": seed}

    def score(self, problem, messages):
        return {
            "reward": float(answer(messages)),
            "reason": "as you say",
            "parts": [{"name": "a", "value": 1, "weight": 2}],
        }

    def reply(self, problem, messages):
        return "again" if len(messages) < 4 else None


def ask(**request):
    """The reply to a request, without the log."""
    with contextlib.redirect_stderr(io.StringIO()):
        line = whet_environment.handle(json.dumps({"id": 7, **request}), {"double": Double(), "echo": Echo()})
    reply = json.loads(line)
    assert "\n" not in line and reply["id"] == 7
    return reply


class Marks(unittest.TestCase):
    def test_tags_that_nothing_closes_change_no_search_and_cost_none(self):
        sys.path.insert(0, os.path.join(SCRIPTS, "bridges"))
        from bridge_support import closed

        draw, pieces = random.Random(1), ["<answer>", "</answer>", "</", "answer>", "Assistant:", "4", "\n"]
        for _ in range(2_000):
            text = "".join(draw.choices(pieces, k=draw.randrange(12)))
            search = re.compile("<answer>(.*?)</answer>", re.DOTALL)
            self.assertEqual(search.findall(text), search.findall(closed(text)), text)
        self.assertEqual(closed("<answer>" * 1_000_000).count("<answer>"), 0)


class Protocol(unittest.TestCase):
    def test_hello_lists_the_environments(self):
        listed = ask(method="hello", version=1)["result"]
        self.assertEqual((listed["protocol"], listed["version"]), ("whet-environment", 1))
        double, echo = listed["environments"]
        self.assertEqual(double, {"name": "double", "maximum_level": 3, "options": {}, "multi_turn": False})
        self.assertEqual((echo["multi_turn"], echo["options"]), (True, Echo.options))

    def test_hello_refuses_another_version(self):
        self.assertIn("version 1", ask(method="hello", version=2)["error"])

    def test_tasks_come_in_order_with_errors_of_their_own(self):
        requests = [{"level": 0, "seed": seed} for seed in ("1", "13", "14", "15", 2)] + [{"level": 1, "seed": "1"}]
        made = ask(method="tasks", environment="echo", options={}, requests=requests)["result"]
        self.assertEqual(
            [each["problem"]["seed"] if "problem" in each else None for each in made], [1, None, None, None, 2, None]
        )
        self.assertEqual(made[0]["messages"][1], {"role": "user", "content": "hello"})
        self.assertIn("thirteen", made[1]["error"])
        self.assertIn("SystemExit", made[2]["error"])
        self.assertIn("not JSON serializable", made[3]["error"])
        self.assertIn("levels 0 to 0", made[5]["error"])

    def test_seeds_keep_all_64_bits(self):
        [made] = ask(method="tasks", environment="double", requests=[{"level": 3, "seed": str(2**64 - 1)}])["result"]
        self.assertEqual(made["problem"], {"result": 2**65 - 2, "options": {}})

    def test_options_reach_the_task(self):
        [made] = ask(method="tasks", environment="double", options={"a": 1}, requests=[{"level": 0, "seed": "1"}])[
            "result"
        ]
        self.assertEqual(made["problem"]["options"], {"a": 1})

    def test_a_truth_value_is_a_score(self):
        said = [
            [{"role": "user", "content": "Twice 2?"}, {"role": "assistant", "content": text}] for text in ("4", "5")
        ]
        episodes = [{"problem": {"result": 4}, "messages": each} for each in said]
        right, wrong = ask(method="score", environment="double", episodes=episodes)["result"]
        self.assertEqual((right["reward"], right["solved"]), (1.0, True))
        self.assertEqual((wrong["reward"], wrong["solved"]), (0.0, False))

    def test_a_detailed_score_and_scores_that_are_none(self):
        said = [[{"role": "assistant", "content": text}] for text in ("2.5", "0.5", "nan", "inf", "word", None)]
        episodes = [{"problem": {}, "messages": each} for each in said] + [{"messages": []}]
        scores = ask(method="score", environment="echo", episodes=episodes)["result"]
        self.assertEqual(
            scores[0],
            {"reward": 2.5, "solved": True, "reason": "as you say", "parts": [{"name": "a", "value": 1, "weight": 2}]},
        )
        self.assertFalse(scores[1]["solved"])
        self.assertTrue(all("error" in each for each in scores[2:]), scores)

    def test_no_number_that_json_lacks_breaks_a_line(self):
        odd = [math.nan, math.inf, -math.inf, 10**400, "1.5", None, [1]]
        odd += [{"reward": math.nan}, {"reward": -math.inf, "solved": True}, {"solved": True}]
        odd += [{"reward": 1, "parts": [{"name": "a", "value": math.nan}]}, {"reward": 1, "reason": {1}}]

        class Odd(Environment):
            name = "odd"
            maximum_level = math.inf

            def score(self, problem, messages):
                return odd[problem]

        def handled(**request):
            with contextlib.redirect_stderr(io.StringIO()):
                line = whet_environment.handle(json.dumps({"id": 1, **request}), {"odd": Odd()})

            def refuse(constant):
                raise ValueError(constant)

            return json.loads(line, parse_constant=refuse)

        episodes = [{"problem": index, "messages": []} for index in range(len(odd))]
        scores = handled(method="score", environment="odd", episodes=episodes)["result"]
        self.assertEqual([sorted(each) for each in scores], [["error"]] * len(odd))
        self.assertIn("error", handled(method="hello", version=1))

    def test_numbers_of_other_kinds_are_rewards(self):
        class Kinds(Environment):
            name = "kinds"

            def score(self, problem, messages):
                return [True, {"reward": False}, fractions.Fraction(1, 4), {"reward": 2, "solved": 0}][problem]

        episodes = [{"problem": index, "messages": []} for index in range(4)]
        line = whet_environment.handle(
            json.dumps({"id": 1, "method": "score", "environment": "kinds", "episodes": episodes}), {"kinds": Kinds()}
        )
        scores = [(each["reward"], each["solved"]) for each in json.loads(line)["result"]]
        self.assertEqual(scores, [(1.0, True), (0.0, False), (0.25, False), (2.0, False)])
        self.assertTrue(all(type(reward) is float and type(solved) is bool for reward, solved in scores))

    def test_replies_and_their_end(self):
        episodes = [{"problem": {}, "messages": [{"role": "user", "content": "x"}] * count} for count in (3, 4)]
        going, over = ask(method="reply", environment="echo", episodes=episodes)["result"]
        self.assertEqual(going, {"messages": [{"role": "user", "content": "again"}]})
        self.assertEqual(over, {"messages": None})

    def test_demonstrations(self):
        [shown] = ask(method="demonstrations", environment="double", problems=[{"result": 4}])["result"]
        self.assertEqual(shown, {"messages": [{"role": "assistant", "content": "4"}]})
        self.assertEqual(
            ask(method="demonstrations", environment="echo", problems=[{}])["result"], [{"messages": None}]
        )

    def test_requests_that_fail_as_a_whole(self):
        self.assertIn("double, echo", ask(method="tasks", environment="doubel", requests=[])["error"])
        self.assertIn("demonstrations", ask(method="task", environment="double")["error"])
        self.assertIn("KeyError", ask(method="tasks", environment="double")["error"])
        with contextlib.redirect_stderr(io.StringIO()):
            for line in ("", "{", "[]", "null", "[" * 100_000, '"\\ud800"'):
                self.assertIn("error", json.loads(whet_environment.handle(line, {})))


class Process(unittest.TestCase):
    """The worker as a program, written as in the helper's own example."""

    def answers(self, program, *lines):
        """What it writes to standard output, and what to standard error; it must end by itself."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "environment.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(program)
            environment = {**os.environ, "PYTHONPATH": SCRIPTS}
            environment.pop("PYTHONHASHSEED", None)
            given = "".join(json.dumps(line) + "\n" for line in lines)
            done = subprocess.run(
                [sys.executable, path],
                input=given,
                capture_output=True,
                text=True,
                timeout=60,
                env=environment,
                check=True,
            )
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def test_the_example_of_the_helper_runs(self):
        example = whet_environment.__doc__.split("\n\n", 1)[1]
        program = textwrap.dedent(example)
        hello, tasks = self.answers(
            program,
            {"id": 1, "method": "hello", "version": 1},
            {
                "id": 2,
                "method": "tasks",
                "environment": "double",
                "options": {},
                "requests": [{"level": 1, "seed": "7"}],
            },
        )[0]
        self.assertEqual(hello["result"]["environments"][0]["name"], "double")
        self.assertEqual(tasks["result"][0]["problem"], {"result": 34})

    def test_what_environments_print_stays_out_of_the_replies(self):
        program = (
            "import os, sys\nfrom whet_environment import Environment, serve\n"
            "class Loud(Environment):\n    name = 'loud'\n"
            "    def task(self, level, seed, options):\n"
            "        print('printed'); os.system('echo shouted'); sys.stdout.flush()\n"
            "        return repr(sys.stdin.read()), {'hashing': os.environ['PYTHONHASHSEED']}\n"
            "serve(Loud())\n"
        )
        request = {"id": 1, "method": "tasks", "environment": "loud", "requests": [{"level": 0, "seed": "1"}]}
        replies, log = self.answers(program, request, {**request, "id": 2})
        self.assertEqual([each["id"] for each in replies], [1, 2])
        # Reading standard input gets nothing, rather than the next request; the order of sets is fixed.
        self.assertEqual(replies[0]["result"][0]["messages"][0]["content"], "''")
        self.assertEqual(replies[0]["result"][0]["problem"], {"hashing": "0"})
        self.assertEqual((log.count("printed"), log.count("shouted")), (2, 2))


if __name__ == "__main__":
    unittest.main()
