"""An agent: asks the policy, and asks again as long as the answer is not numbers alone, three times at most.

whet runs one of these for each rollout (docs/agents.md). It needs nothing but Python; with the openai package the
function `ask` would be `openai.OpenAI().chat.completions.create(model="policy", messages=messages)`.
"""

import json
import os
import sys
import urllib.request


def ask(messages):
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        data=json.dumps({"model": os.environ["OPENAI_MODEL"], "messages": messages}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"],
        },
    )
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)["choices"][0]["message"]


messages = json.load(sys.stdin)["messages"]
for _ in range(3):
    answer = ask(messages)
    messages.append({"role": "assistant", "content": answer["content"]})
    if all(word.isdigit() for word in answer["content"].split()) and answer["content"].strip():
        break
    messages.append({"role": "user", "content": "numbers only"})
