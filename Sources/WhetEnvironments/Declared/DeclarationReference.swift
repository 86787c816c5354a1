/// The keys of environments in YAML in words: for the tables of docs/environments.md, which a test holds equal.
enum DeclarationReference {
    /// A heading and a table for each mapping of the file.
    static var markdown: String {
        [
            table(
                "The file",
                "Either `dataset` or `variables`, `prompt` and `verifiers` are needed; or `process`; or `openenv`.",
                DeclarationSchema.environment),
            table("`dataset`", "A file of rows; each row is a problem.", DeclarationSchema.dataset),
            table(
                "`variables`",
                "One of these for each name, in the order in which they are drawn. `level` is known to all.",
                DeclaredVariable.kinds),
            table("`levels`", "Each element of the list is a name, or a mapping of", DeclarationSchema.level),
            table("`verifiers`", "Each element of the list has the settings of its kind, and", criterion),
            table(
                "`answer`", "A reader's name, or a mapping of its settings, or a list of either, tried in order.",
                reader),
            table(
                "`reward`", "The weighted mean of the verdicts (0 to 1) is stretched over the range.",
                DeclarationSchema.reward),
            table("`feedback`", "What happens until an answer is right.", DeclarationSchema.feedback),
            table(
                "`process`", "A program; beside it, `options` is what the program is given.",
                DeclarationSchema.process),
            table(
                "`checklist`",
                "Items as docs/checklists.md has them, in one of the first four ways; a file, program or server "
                    + "may have one.",
                DeclarationSchema.checklist),
            table(
                "`dialogues`",
                "Dialogues with tools and checklists, as CM2's data has them; `checklist` may name the judge.",
                DeclarationSchema.dialogues),
            table("`dialogues.user`, `dialogues.imitator`", "Who plays a part.", DeclarationSchema.model),
            table("`checklist.judge`", "Asked once for the same; answers lie in the store.", DeclarationSchema.judge),
            table(
                "`tools`",
                "What the policy may call before it answers (docs/tools.md); at least one of the last three.",
                DeclarationSchema.tools),
            table("`tools.python`", "Calls of the tool `python`, with `code`.", DeclarationSchema.pythonTool),
            table("`tools.mcp`", "A server, or each element of a list of them.", DeclarationSchema.mcpServer),
            table(
                "`tools.simulated`", "What is recorded stands in the problem, under `tool_calls`.",
                DeclarationSchema.simulatedTools),
            table("`openenv`", "Servers; a recipe may set any of these as `options`.", openEnv),
        ].joined(separator: "\n")
    }

    private static var criterion: [DeclaredKey] {
        Rubric.criterionSettings.map { DeclaredKey($0.name, "", $0.summary) }
    }

    private static var reader: [DeclaredKey] {
        AnswerReader.settings.map { DeclaredKey($0.name, "", $0.summary) }
    }

    private static var openEnv: [DeclaredKey] { OpenEnvSettings.settings.map { DeclaredKey($0.name, "", $0.summary) } }

    private static func table(_ heading: String, _ words: String, _ keys: [DeclaredKey]) -> String {
        let hasTypes = keys.contains { !$0.takes.isEmpty }
        var text = "### \(heading)\n\n\(words)\n\n"
        text += hasTypes ? "| key | takes | what it does |\n|---|---|---|\n" : "| key | what it does |\n|---|---|\n"
        for key in keys {
            text += "| `\(key.name)` | " + (hasTypes ? "\(key.takes) | " : "") + "\(key.summary) |\n"
        }
        return text
    }
}
