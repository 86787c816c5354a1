"""Recipes and models that are not where they were said to be, names with spaces and other letters."""


def play(stage):
    run, mistake = stage.run, stage.mistake

    @mistake("recipe that is not there")
    def _():
        return run("train", "recipes/nowhere.yaml").expect(2, "there is no such recipe", "expected: a YAML file")

    @mistake("recipe with another ending")
    def _():
        return run("train", "tiny.yml").expect(2, 'did you mean "tiny.yaml"')

    @mistake("folder for a recipe")
    def _():
        return run("train", ".").expect(2, "this is a folder")

    @mistake("model to evaluate is not there")
    def _():
        stage.copy_model("model")
        return run("eval", "modle").expect(2, "no such model directory", 'did you mean "model"')

    @mistake("model to serve is not there")
    def _():
        return run("serve", "nowhere").expect(2, "no such model directory", "expected: a folder with config.json")

    @mistake("model directory that is a file")
    def _():
        return run("serve", "tiny.yaml").expect(2, "this is a file")

    @mistake("folder of a run for a model")
    def _():
        home = stage.copy_home()
        folder = next(home.glob("*-tiny"))
        return run("serve", f"runs/{folder.name}").expect(2, "no config.json", r'did you mean "runs/.*/checkpoints/v000003"')

    @mistake("policy.model that is not there")
    def _():
        return run("train", "base.yaml", "--set", "policy.model=nowhere").expect(2, "there is no nowhere/config.json")

    @mistake("evaluate a model of no run without its recipe")
    def _():
        stage.copy_model("model")
        return run("eval", "model").expect(2, "--recipe RECIPE")

    @mistake("names with spaces and other letters")
    def _():
        stage.copy_model("mödel ✓ x")
        stage.write("täst 日本.yaml", (stage.folder / "base.yaml").read_text())
        answer = run("train", "täst 日本.yaml", "--set", "policy.model=mödel ✓ x", "--home", "h ö")
        answer.expect(0, "store .*h ö/whet.sqlite")
        run("runs", "last", "--home", "h ö").expect(0, "finished")
        return answer

    @mistake("command with a slip")
    def _():
        return run("trian", "tiny.yaml").expect(2, 'did you mean "train"')

    @mistake("option with a slip")
    def _():
        return run("train", "tiny.yaml", "--dry-rum").expect(2, "--dry-rum")

    @mistake("train without a recipe")
    def _():
        return run("train").expect(2, "name a recipe")
