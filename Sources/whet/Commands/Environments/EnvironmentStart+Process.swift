extension EnvironmentStart {
    /// A Python program that speaks the protocol of environments, the file that declares it, and a unittest.
    ///
    /// - Parameter helper: the text of whet's own Python file, which is laid beside it.
    static func process(_ name: String, helper: String) -> EnvironmentStart {
        let module = name.split(separator: "-").joined(separator: "_")
        let folder = "environments/\(name)"
        return EnvironmentStart(
            files: [
                ("\(folder).yaml", declarationText(name, "\(folder)/\(module).py")),
                ("\(folder)/\(module).py", pythonText(name, module)),
                ("\(folder)/test_\(module).py", pythonTestText(name, module)),
                ("\(folder)/\(PythonHelper.fileName)", helper),
            ],
            next: [
                "look at it:   whet env show \(name)",
                "test it:      cd \(folder) && python3 -m unittest",
                "prove it:     whet env check \(name)",
                "train on it:  name it in a recipe's environments; docs/environments.md says how",
            ])
    }

    private static func declarationText(_ name: String, _ program: String) -> String {
        """
        # An environment that a program sets and judges: requests and replies are lines of JSON, see
        # docs/environment-protocol.md. Every key is in docs/environments.md.
        summary: Add up whole numbers.
        process:
          command: [python3, \(program)]
          workers: 2

        """
    }

    private static func className(_ module: String) -> String {
        module.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func pythonText(_ name: String, _ module: String) -> String {
        """
        \"""Add up whole numbers: an environment for whet.\"""

        import random
        import re

        from whet_environment import Environment, answer, serve


        class \(className(module))(Environment):
            name = "\(name)"
            maximum_level = 9

            def task(self, level, seed, options):
                \"""Two numbers at level 0, one more each level; the same level and seed are the same problem.\"""
                draw = random.Random(f"{level} {seed}")
                numbers = [draw.randint(0, 99) for _ in range(level + 2)]
                prompt = f"How much is {' + '.join(map(str, numbers))}?\\nGive the number as <answer>…</answer>."
                return prompt, {"numbers": numbers, "gold_answer": sum(numbers)}

            def score(self, problem, messages):
                \"""1 right, 0 wrong. What the policy wrote is untrusted; raise only if it cannot be judged.\"""
                answers = re.findall(r"<answer>([^<]*)</answer>", answer(messages))
                return bool(answers) and answers[-1].strip() == str(problem["gold_answer"])

            def demonstration(self, problem):
                return f"<answer>{problem['gold_answer']}</answer>"


        if __name__ == "__main__":
            serve(\(className(module))())

        """
    }

    private static func pythonTestText(_ name: String, _ module: String) -> String {
        """
        import json
        import unittest

        from \(module) import \(className(module))
        from whet_environment import handle

        ENVIRONMENT = \(className(module))()


        def ask(method, **rest):
            line = json.dumps({"id": 1, "method": method, "environment": ENVIRONMENT.name, "options": {}, **rest})
            return json.loads(handle(line, {ENVIRONMENT.name: ENVIRONMENT}))["result"]


        def score(problem, text):
            episode = {"problem": problem, "messages": [{"role": "assistant", "content": text}]}
            return ask("score", episodes=[episode])[0]


        class Tests(unittest.TestCase):
            def test_the_same_seed_is_the_same_problem(self):
                requests = [{"level": level, "seed": str(seed)} for level in range(3) for seed in range(20)]
                tasks = ask("tasks", requests=requests)
                self.assertEqual(tasks, ask("tasks", requests=requests))
                self.assertGreater(len({json.dumps(task) for task in tasks}), 50)

            def test_demonstrations_pass_and_other_answers_do_not(self):
                for task in ask("tasks", requests=[{"level": 1, "seed": str(seed)} for seed in range(20)]):
                    right = ask("demonstrations", problems=[task["problem"]])[0]["messages"][0]["content"]
                    self.assertTrue(score(task["problem"], right)["solved"])
                    for wrong in ["", "<answer>", "<answer>x</answer>", "<answer>-1</answer>", "9" * 100_000]:
                        self.assertFalse(score(task["problem"], wrong)["solved"], wrong[:20])


        if __name__ == "__main__":
            unittest.main()

        """
    }
}
