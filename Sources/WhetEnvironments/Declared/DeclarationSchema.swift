/// Every key of an environment's file: what checking and the tables of docs/environments.md are made of.
enum DeclarationSchema {
    static let environment = [
        DeclaredKey("name", "text; default the file's name", "What recipes call it."),
        DeclaredKey("summary", "text", "What it practises, in one line."),
        DeclaredKey("source", "text", "Where the data come from."),
        DeclaredKey("license", "text", "What they may be used for."),
        DeclaredKey("dataset", "a mapping", "Problems are rows of a file."),
        DeclaredKey("variables", "a mapping of names", "Problems are drawn: instead of `dataset`."),
        DeclaredKey(
            "require", "an expression or a list", "What drawn variables have to fulfil; else they are drawn anew."),
        DeclaredKey("levels", "a number or a list; default 1", "Degrees of difficulty, the easiest (0) first."),
        DeclaredKey("system", "a template", "The system message, if there shall be one."),
        DeclaredKey("prompt", "a template; required", "The user message: the problem and how to mark the answer."),
        DeclaredKey(
            "answer", "a reader or a list; default tag", "How the answer is found in the policy's last message."),
        DeclaredKey("verifiers", "a list; required", "What is checked, each with its weight."),
        DeclaredKey("reward", "a mapping", "What the verdicts come to."),
        DeclaredKey(
            "demonstration", "a template or {field: name}", "A reply that gets full marks; with `turns`, a list."),
        DeclaredKey("turns", "a list of templates", "What the environment says after each message but the last."),
        DeclaredKey("feedback", "a mapping", "Another try after a wrong answer: instead of `turns`."),
        DeclaredKey("process", "a mapping", "A program sets the problems: instead of all but the first four keys."),
        DeclaredKey("openenv", "a mapping", "An OpenEnv server does: instead of all but the first four keys."),
        agent,
    ]

    private static let agent = DeclaredKey(
        "agent", "a mapping", "A program solves the problems, with the policy as its model: see docs/agents.md.")

    /// What every kind of file may say.
    private static var about: [DeclaredKey] { Array(environment.prefix(4)) }

    /// Of a file that names a program.
    static let program =
        about + [
            DeclaredKey("process", "a mapping; required", "The program and how it is run."),
            DeclaredKey(
                "options", "a mapping", "What the program is given with every request; recipes may set more."
            ),
            agent,
        ]

    /// Of a file that names servers.
    static let server = about + [DeclaredKey("openenv", "a mapping; required", "The servers and how they are used.")]

    static let process = [
        DeclaredKey(
            "command", "a list of texts; required",
            "The program and its arguments. It runs in the folder that `environments` lies in."),
        DeclaredKey("environment", "text; default the environment's name", "What the program calls it in its hello."),
        DeclaredKey("workers", "a number; default 2", "How many of it run at a time."),
        DeclaredKey("batch_size", "a number; default 64", "How many tasks or episodes a request holds at most."),
        DeclaredKey("start_seconds", "a number; default 120", "How long it may take to say hello."),
        DeclaredKey("request_seconds", "a number; default 60", "How long a request may take before it is killed."),
        DeclaredKey("variables", "{NAME: text}", "Environment variables beside those that whet has."),
        DeclaredKey(
            "sandbox", "true or false; default false",
            "Runs it in bubblewrap: no network, no files but `/usr` and those that are readable."),
        DeclaredKey(
            "readable", "a list of folders; default that of the YAML file", "What it may read in the sandbox."),
    ]

    static let dataset = [
        DeclaredKey("file", "a path from the YAML file; required", "Where the rows are."),
        DeclaredKey("format", "jsonl, csv, tsv or sqlite; default by the file's ending", "How they are written."),
        DeclaredKey("query", "SQL; required for sqlite", "The SELECT that gives the rows; with ORDER BY, for good."),
        DeclaredKey(
            "fields", "{name: column} or a list of columns; default every column",
            "The problem's fields; a column may be a path such as `metadata.answers.0`."),
        DeclaredKey(
            "types", "{name: text, integer, number, boolean or json}", "What a field has to be; text is read as it."),
        DeclaredKey("optional", "a list of names", "Fields that a row may lack; they are null then."),
        DeclaredKey("level", "a column", "Holds a row's level: its number or its name in `levels`."),
        DeclaredKey("where", "an expression", "Only rows of which it is true are used."),
    ]

    static let level = [
        DeclaredKey("name", "text", "What `dataset.level` may call it."),
        DeclaredKey("where", "an expression", "Which rows of the dataset belong to it."),
        DeclaredKey("variables", "a mapping of names", "What is drawn otherwise than in `variables`."),
    ]

    static let reward = [
        DeclaredKey("range", "[worst, best]; default [0, 1]", "The reward of none and of all."),
        DeclaredKey("passing", "0 to 1", "The weighted mean from which on a task is solved; default: all of them."),
        DeclaredKey("binary", "true or false; default false", "All or nothing."),
        DeclaredKey("unreadable", "a number or false", "The reward where no answer can be read; default the worst."),
    ]

    static let feedback = [
        DeclaredKey("attempts", "2 to 100; required", "How many answers there may be in all."),
        DeclaredKey("message", "a template; required", "What is said after a wrong one."),
        DeclaredKey("discount", "0 to 1; default 1", "What each further answer leaves of the reward of a solved task."),
    ]
}
