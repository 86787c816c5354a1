"""Values that are wrong: on the command line, in recipes, in datasets."""

WORD = """\
name: word
summary: Name the opposite of a word.
dataset:
  file: word.jsonl
prompt: |
  What is the opposite of "{{ word }}"?
answer: tag
verifiers:
  - {kind: normalized_text, expected: {field: opposite}}
demonstration: "<answer>{{ opposite }}</answer>"
"""
ROW = '{"word": "hot", "opposite": "cold"}\n'


def play(stage):
    run, mistake = stage.run, stage.mistake

    def settings(title, *values, words, code=2):
        @mistake(title)
        def _():
            arguments = [word for value in values for word in ("--set", value)]
            return run("train", "tiny.yaml", *arguments).expect(code, *words)

    settings("--set with a key that is not there", "rollout.grop_size=4", words=['did you mean "group_size"', "expected: one of"])
    settings("--set without a value", "rollout.group_size", words=["expected: KEY=VALUE"])
    settings("--set with a value of another type", "rollout.group_size=four", words=["expected: a whole number"])
    settings("--set with a negative number", "run.steps=-5", words=["expected: a whole number from 0"])
    settings(
        "level that is far too high", "environments.0.level=1000000",
        words=[r"--set environments\.0\.level: ", "expected: levels from 0 to"])
    settings("environment with a slip", "environments.0.name=Sortnig", words=['did you mean "Sorting"'])
    settings("algorithm with a slip", "algorithm=grop", words=['did you mean "grpo"'])
    settings("address of a server without http", "inference.kind=auto", "inference.url=127.0.0.1:8000", words=[
        r"--set inference\.url: ", "expected: such as http://"])
    settings("no environments at all", "environments=[]", words=["expected: a list"])

    @mistake("environment with a slip, to be shown")
    def _():
        return run("env", "show", "Sortnig").expect(2, 'did you mean "Sorting"')

    @mistake("negative number after an option")
    def _():
        for words in (("env", "show", "Sorting", "--level", "-1"), ("rollouts", "list", "--limit", "-5"),
                      ("serve", "x", "--port", "-1")):
            answer = run(*words).expect(2, words[-1])
            if "Missing value" in answer.complaints:
                return answer.expect(2, "not a missing value")
        return answer

    @mistake("huge level, to be shown")
    def _():
        return run("env", "show", "Sorting", "--level", "1000000").expect(2, "expected: 0 to 40")

    @mistake("recipe with keys of another version")
    def _():
        stage.write("old.yaml", "environments: [{name: Sorting}]\nrollout: {groups: 2, max_token: 8}\nevaluations: {}\n")
        return run("train", "old.yaml").expect(
            2, r"old.yaml:2:11: rollout.groups: there is no such key", r'did you mean "evaluation"', "3 mistakes")

    @mistake("recipe that is no YAML")
    def _():
        stage.write("bad.yaml", "environments: [{name: Sorting\n")
        return run("train", "bad.yaml").expect(2, r"bad.yaml:\d+")

    @mistake("recipe that is a picture")
    def _():
        stage.write("picture.yaml", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe")
        return run("train", "picture.yaml").expect(2, "picture.yaml")

    def dataset(title, rows, *words):
        @mistake(title)
        def _():
            stage.write("environments/word.yaml", WORD)
            if rows is not None:
                stage.write("environments/word.jsonl", rows)
            shown = run("env", "show", "word").expect(1, *words)
            trained = run(
                "train", "tiny.yaml", "--set", "environments.0.name=word", "--set", "environments.0.options={}")
            trained.expect(2, *words)
            return shown

    dataset("dataset without rows", "", "has no rows")
    dataset("dataset with a broken row", ROW * 3 + '{"word": "up", \n' + ROW, r"word.jsonl:4: this is not JSON")
    dataset("dataset with a row that lacks a column", ROW * 3 + '{"wrod": "up"}\n', r'word.jsonl:4: the row has no "word"')
    dataset("dataset that is not UTF-8", ROW.encode() + b'{"word": "\xff\xfe"}\n', r"word.jsonl:2: .*UTF-8")
    dataset("dataset that is not there", None, "there is no file environments/word.jsonl")

    @mistake("prompts longer than the context")
    def _():
        return run(
            "train", "tiny.yaml", "--set", "policy.architecture.context_length=24", "--set", "evaluation.problems=2"
        ).expect(1, r"prompt.* tokens", "context")
