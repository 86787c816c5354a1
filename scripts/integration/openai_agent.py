"""An agent with OpenAI's own client, run by whet (`scripts/test-integration agents`): chat, streams, tools, parallel calls,
mistakes. Its reward is 1 when everything was as it should be; the reason is how many tokens it was told were sampled."""

import asyncio
import json
import os
import sys

import openai

# A tiny model with random weights: it has 256 tokens of context, and says nothing of sense.
SHORT = {"max_tokens": 8}
tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
sampled = 0


def check(holds, what):
    print(("ok    " if holds else "WRONG ") + what)
    if not holds:
        sys.exit("WRONG " + what)


def told(usage):
    global sampled
    sampled += usage.completion_tokens


def main():
    task = json.load(open(os.environ["WHET_TASK"]))
    client = openai.OpenAI(max_retries=0, timeout=60)  # address and key from the environment, as every agent has them
    model = client.models.list().data[0].id
    messages = task["messages"]

    first = client.chat.completions.create(model=model, messages=messages, logprobs=True, temperature=0.2, **SHORT)
    told(first.usage)
    choice = first.choices[0]
    check(choice.message.role == "assistant" and choice.finish_reason in ("stop", "length"), "chat")
    check(len(choice.logprobs.content) == first.usage.completion_tokens, "log-probabilities: one a token")
    check(all(entry.logprob <= 0 for entry in choice.logprobs.content), "log-probabilities: at most 0")

    messages += [choice.message.model_dump(exclude_none=True), {"role": "user", "content": "and?"}]
    second = client.chat.completions.create(model=model, messages=messages, **SHORT)
    told(second.usage)
    longer = first.usage.prompt_tokens + first.usage.completion_tokens
    check(second.usage.prompt_tokens > longer, "a conversation goes on from what was sampled")

    text, finish, usage = "", None, None
    stream = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "stream"}], stream=True,
        stream_options={"include_usage": True}, **SHORT)
    for chunk in stream:
        usage = chunk.usage or usage
        for piece in chunk.choices:
            text += piece.delta.content or ""
            finish = piece.finish_reason or finish
    told(usage)
    check(finish in ("stop", "length") and usage.completion_tokens > 0, "stream: finish_reason and usage")

    offered = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "t"}], tools=tools, tool_choice="auto", **SHORT)
    told(offered.usage)
    check(offered.usage.prompt_tokens > 20, "tools are shown to the model")

    written = client.completions.create(model=model, prompt="once", max_tokens=8)
    told(written.usage)
    check(isinstance(written.choices[0].text, str), "text completion")

    async def together():
        several = openai.AsyncOpenAI(max_retries=0, timeout=60)
        return await asyncio.gather(*[
            several.chat.completions.create(
                model=model, messages=[{"role": "user", "content": f"number {number}"}], **SHORT)
            for number in range(4)])

    for answer in asyncio.run(together()):
        told(answer.usage)
    check(True, "four calls at once")

    for wrong, kind in [
        (dict(n=2), openai.BadRequestError), (dict(response_format={"type": "json_object"}), openai.BadRequestError),
        (dict(messages=[]), openai.BadRequestError),
        (dict(messages=[{"role": "user", "content": "long " * 400}]), openai.BadRequestError),
    ]:
        try:
            client.chat.completions.create(**{"model": model, "messages": messages, **wrong})
            check(False, f"{list(wrong)} is refused")
        except kind as error:
            check(bool(error.body["message"]), f"{list(wrong)} is refused: {error.code}")
    try:
        openai.OpenAI(base_url=os.environ["OPENAI_BASE_URL"].replace("whet-", "other-"), max_retries=0).models.list()
        check(False, "another's address is refused")
    except openai.AuthenticationError:
        check(True, "another's address is refused")

    with open(os.environ["WHET_REWARD"], "w") as file:
        json.dump({"reward": 1, "solved": True, "reason": str(sampled)}, file)


main()
