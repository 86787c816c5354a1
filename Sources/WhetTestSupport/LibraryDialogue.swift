/// A made-up dialogue in CM2's form: a reader asks when a book is due, and then to keep it longer.
public enum LibraryDialogue {
    private static func item(
        _ id: String, _ focus: String, _ weight: String, required: Bool = false, dependence: String = ""
    ) -> String {
        """
              {
                "id": "\(id)",
                "evidence": [{"turn": 0, "step": 1, "from": "\(focus)", "snippet": "\\"due\\": \\"5 May\\""}],
                "focus_on": "\(focus)",
                "question": "Criterion \(id): is it so?",
                "pass_condition": "\(id) is so.",
                "failure_examples": ["not \(id)", "anything else"],
                "required_for_next_turn": \(required),
                "dependence": [\(dependence)],
                "weight": \(weight),
                "extra_info": {"price_usd": 0.13}
              }
        """
    }

    public static let json = """
        [
          {
            "uuid": "11111111-2222-3333-4444-555555555555",
            "messages": [
              {"role": "user", "content": "When is my book due?", "tool_calls": []},
              {"role": "assistant", "content": "<think>\\nI look it up.\\n</think>", "tool_calls": [
                {"id": "call_1", "type": "function",
                 "function": {"name": "find_loan", "arguments": "{\\"reader\\": 7}"}}]},
              {"role": "tool", "content": "{\\"due\\": \\"5 May\\"}", "tool_calls": []},
              {"role": "assistant", "content": "<think>\\nI tell it.\\n</think>\\n\\nIt is due on 5 May.", "tool_calls": []},
              {"role": "user", "content": "Let me keep it longer, please.", "tool_calls": []},
              {"role": "assistant", "content": "<think>\\nI cannot.\\n</think>\\n\\nIt is wanted by others.", "tool_calls": []}
            ],
            "tools": [{"type": "function", "function": {"name": "find_loan", "parameters": {"type": "object"}}}],
            "checklists": [
              [
                [
        \(item("A", "assistant.tool_calls", "0.2")),
        \(item("B", "tool.content", "0.3", required: true)),
        \(item("C", "assistant.content.user_visible_reply", "0.3", required: true, dependence: #""B""#)),
        \(item("D", "assistant.content.thinking", "0.2"))
                ],
                [
        \(item("E", "assistant.tool_calls", "0.4")),
        \(item("F", "tool.content", "0.2")),
        \(item("G", "assistant.content.user_visible_reply", "0.4", dependence: #""F""#))
                ]
              ]
            ],
            "data_source": "made up"
          }
        ]
        """

    /// Seven rollouts of it: of each turn, what each step is judged to meet; "?": a judgment of it fails.
    public static let scripts: [[[String]]] = [
        [["ABC", "CD"], ["EF", "G"]],
        [["AD", "B", "C"], ["EF", ""]],
        [["AB", ""]],
        [["C"]],
        [["D", "AB", "", "C"], ["G"]],
        [["ABD", "C"], ["E", ""]],
        [["A?", "C"]],
    ]
}
