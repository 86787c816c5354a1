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
        DeclaredKey(
            "verifiers", "a list; required without a checklist", "What is checked, each with its weight."),
        DeclaredKey("reward", "a mapping", "What the verdicts come to."),
        DeclaredKey(
            "demonstration", "a template or {field: name}",
            "A reply that gets full marks; with `turns` or `tools`, a list. A reply may call tools: they are called."),
        DeclaredKey("turns", "a list of templates", "What the environment says after each message but the last."),
        DeclaredKey("feedback", "a mapping", "Another try after a wrong answer: instead of `turns`."),
        DeclaredKey("process", "a mapping", "A program sets the problems: instead of all but the first four keys."),
        DeclaredKey("openenv", "a mapping", "An OpenEnv server does: instead of all but the first four keys."),
        DeclaredKey("dialogues", "a mapping", "Reference dialogues are: instead of all but the first four keys."),
        checklistKey, toolsKey, agent,
    ]

    private static let checklistKey = DeclaredKey(
        "checklist", "a mapping", "What each of the policy's messages is judged by: see docs/checklists.md.")

    private static let toolsKey = DeclaredKey(
        "tools", "a mapping", "What the policy may call before it answers: see docs/tools.md.")

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
            checklistKey, toolsKey, agent,
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

    static let tools = [
        DeclaredKey(
            "syntax", "hermes, qwen_coder, mistral, llama or python_block; default hermes", "How calls are written."),
        DeclaredKey(
            "presentation", "messages, template or silent; default messages",
            "How tools are told of: in the system message, by the chat template, or not at all."),
        DeclaredKey("calls", "a number; default 16", "How many calls a rollout may make."),
        DeclaredKey("calls_per_turn", "a number; default 8", "How many of them in one turn."),
        DeclaredKey("seconds", "a number; default 30", "How long a call may take."),
        DeclaredKey("result_characters", "a number; default 8000", "The middle of a longer result is left out."),
        DeclaredKey("sessions", "a number; default 1000", "How many rollouts may have tools that remember."),
        DeclaredKey("python", "a mapping, {} for all defaults", "An interpreter for each rollout, in the sandbox."),
        DeclaredKey("mcp", "a mapping or a list", "Servers that speak the Model Context Protocol."),
        DeclaredKey("simulated", "a mapping", "Tools that are not there: recorded calls, and a model for all others."),
    ]

    static let checklist = [
        DeclaredKey(
            "items", "a list of items",
            "Of a task with one turn of the user; templates may name the problem's fields."),
        DeclaredKey("turns", "a list of lists of items", "The same, for each turn of the user."),
        DeclaredKey("file", "a path from the YAML file", "A checklist of its own, the same for every task."),
        DeclaredKey("field", "a field of the problem", "It holds a list of checklists, in CM2's JSON."),
        DeclaredKey(
            "share", "0 to 1; default 0.5 with verifiers, else 1",
            "What it counts in the reward; the verifiers count the rest. With 0 it is only reported."),
        DeclaredKey(
            "delay_discount", "0 to 1; default 1",
            "What each step that an item was open without being met leaves of its score, for credit of steps."),
        DeclaredKey(
            "dependences", "earlier_steps or ignored; default earlier_steps",
            "Whether an item waits for those that it depends on."),
        DeclaredKey(
            "divide_by_open_weight", "true or false; default false",
            "Whether weights are divided by those of the items open at a step, for credit of steps."),
        DeclaredKey("judge", "a mapping", "Who is asked about items without a check."),
    ]

    static let judge = [
        DeclaredKey("url", "text; required", "An OpenAI-compatible server, such as http://127.0.0.1:8000."),
        DeclaredKey("model", "text; default the first that the server lists", "What the server calls it."),
        DeclaredKey("key_variable", "text", "The environment variable that holds the server's key."),
        DeclaredKey("votes", "an odd number; default 1", "How often each question is put at most."),
        DeclaredKey("concurrency", "a number; default 256", "How many requests are under way at a time."),
        DeclaredKey("seconds", "a number; default 120", "How long a request may take."),
        DeclaredKey("tries", "a number; default 3", "How often a question is put that gets no usable answer."),
        DeclaredKey("temperature", "a number; default 0.6", "The judge's, as CM2 has it."),
        DeclaredKey("top_p", "a number; default 0.8", "The judge's, as CM2 has it."),
        DeclaredKey("maximum_tokens", "a number; default 2048", "A longer answer is unknown."),
        DeclaredKey(
            "reply_form", "automatic, schema or instructions; default automatic",
            "How the form of an answer is asked for."),
        DeclaredKey("extra_body", "a mapping", "What is added to each request, such as `chat_template_kwargs`."),
    ]

    /// Of a file with reference dialogues.
    static let dialogueFile =
        about + [
            DeclaredKey("dialogues", "a mapping; required", "The records and how they are gone through."), checklistKey,
        ]

    static let dialogues = [
        DeclaredKey("file", "a path from the YAML file; required", "CM2's records, as JSON or JSON lines."),
        DeclaredKey(
            "user", "a mapping", "A model plays the user, by each record's `user_goal`; else turns are replayed."),
        DeclaredKey("imitator", "a mapping", "A model that imitates calls that are not recorded."),
        DeclaredKey("max_turns", "a number; default 30", "How many messages without calls the policy may say."),
        DeclaredKey("calls", "a number; default 60", "How many calls a rollout may make."),
        DeclaredKey("syntax", "as under `tools`; default hermes", "How calls are written."),
        DeclaredKey("presentation", "as under `tools`; default messages", "How tools are told of."),
    ]

    static let model = [
        DeclaredKey("url", "text; required", "An OpenAI-compatible server."),
        DeclaredKey("model", "text; required", "What the server calls its model."),
        DeclaredKey("key_variable", "text", "The environment variable that holds the server's key."),
        DeclaredKey("temperature", "a number; default 0", "The model's."),
    ]

    static let pythonTool = [
        DeclaredKey("program", "text; default python3", "The Python, as the sandbox sees it."),
        DeclaredKey("imports", "a list of names", "Modules that every interpreter has loaded already."),
        DeclaredKey("memory_mib", "a number; default 512", "Address space of each of its processes."),
        DeclaredKey("total_memory_mib", "a number; default 4096", "What all interpreters may have together."),
        DeclaredKey("readable", "a list of folders", "What it may read, such as a virtual environment."),
    ]

    static let mcpServer = [
        DeclaredKey("command", "a list of texts", "A program that is a server, and its arguments."),
        DeclaredKey("url", "text", "Where a server is reached by HTTP, such as http://127.0.0.1:8000/mcp."),
        DeclaredKey("token_variable", "text", "The environment variable that holds the bearer token for `url`."),
        DeclaredKey("per_rollout", "true or false; default false", "Whether each rollout has a server of its own."),
        DeclaredKey(
            "memory", "none, repeatable or unique; default none, or unique with per_rollout",
            "What becomes of a rollout whose session is gone."),
        DeclaredKey("only", "a list of names", "Which of its tools; default all."),
        DeclaredKey("start_seconds", "a number; default 60", "How long it may take to start."),
    ]

    static let simulatedTools = [
        DeclaredKey(
            "definitions", "a list; required", "Each with `name`, `description` and `parameters` (JSON schema)."),
        DeclaredKey("url", "text", "An OpenAI-compatible server, which imitates calls that are not recorded."),
        DeclaredKey("model", "text; required with url", "What that server calls its model."),
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
