"""Talks to a running `whet serve` with OpenAI's own client: chat, streaming, log-probabilities, aborts, mistakes.

    pip install openai
    whet serve MODEL_DIR --port 8000 &
    python scripts/integration/openai_client.py http://127.0.0.1:8000

The same by hand:

    curl -s http://127.0.0.1:8000/v1/chat/completions -H 'Content-Type: application/json' \
      -d '{"messages": [{"role": "user", "content": "What is 2+2?"}], "max_tokens": 16, "seed": 1, "logprobs": true}'
    curl -sN http://127.0.0.1:8000/v1/completions -H 'Content-Type: application/json' \
      -d '{"prompt": [1, 2, 3], "max_tokens": 16, "seed": 1, "stream": true, "return_token_ids": true}'
    curl -s http://127.0.0.1:8000/generate -H 'Content-Type: application/json' \
      -d '{"input_ids": [1, 2, 3], "sampling_params": {"max_new_tokens": 16}, "return_logprob": true, "rid": "me"}'
    curl -s http://127.0.0.1:8000/abort_request -H 'Content-Type: application/json' -d '{"rid": "me"}'
    curl -s http://127.0.0.1:8000/metrics

Exits 0 when everything was as it should be, 1 with the reason otherwise.
"""

import json
import sys
import urllib.request

import openai


def check(holds, what):
    print(("ok    " if holds else "WRONG ") + what)
    if not holds:
        sys.exit(1)


def main(url):
    client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0, timeout=60)
    model = client.models.list().data[0].id
    messages = [{"role": "user", "content": "What is 2+2?"}]
    options = dict(model=model, messages=messages, seed=1, max_tokens=24, extra_body={"ignore_eos": True})

    chat = client.chat.completions.create(**options)
    text = chat.choices[0].message.content
    check(chat.choices[0].message.role == "assistant" and isinstance(text, str), "chat: a message of the assistant")
    check(chat.choices[0].finish_reason == "length", "chat: finish_reason")
    check(chat.usage.completion_tokens == 24, "chat: usage")
    check(client.chat.completions.create(**options).choices[0].message.content == text, "chat: one seed, one answer")

    pieces, usage, finish = [], None, None
    for chunk in client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            pieces.append(choice.delta.content or "")
            finish = choice.finish_reason or finish
    check("".join(pieces) == text, "stream: the pieces are the whole")
    check(finish == "length" and usage.completion_tokens == 24, "stream: finish_reason and usage")

    scored = client.chat.completions.create(**options, logprobs=True, top_logprobs=3)
    content = scored.choices[0].logprobs.content
    check(len(content) == 24 and all(entry.logprob <= 0 for entry in content), "log-probabilities: one a token")
    check(all(len(entry.top_logprobs) == 3 for entry in content), "log-probabilities: the likeliest three")
    check(b"".join(bytes(entry.bytes) for entry in content).startswith(text.encode()[:1]), "log-probabilities: bytes")

    several = client.chat.completions.create(**{**options, "n": 3})
    check([choice.index for choice in several.choices] == [0, 1, 2], "n: three choices")

    ids = [1, 2, 3, 4]
    extra = {"return_token_ids": True, "ignore_eos": True}
    completion = client.completions.create(model=model, prompt=ids, max_tokens=8, seed=5, logprobs=1, extra_body=extra)
    choice = completion.choices[0]
    check(len(choice.token_ids) == 8 and choice.prompt_token_ids == ids, "completion: token in, token out")
    check(len(choice.logprobs.token_logprobs) == 8, "completion: log-probabilities")

    body = {"input_ids": ids, "sampling_params": {"max_new_tokens": 8, "sampling_seed": 5, "ignore_eos": True}}
    request = urllib.request.Request(
        url + "/generate", json.dumps({**body, "return_logprob": True}).encode(), {"Content-Type": "application/json"})
    pairs = json.load(urllib.request.urlopen(request))["meta_info"]["output_token_logprobs"]
    check([pair[1] for pair in pairs] == choice.token_ids, "/generate samples the same ids")
    check([pair[0] for pair in pairs] == choice.logprobs.token_logprobs, "/generate reports the same numbers")

    for what, wrong, kind in [
        ("unknown model", dict(options, model="gpt-5"), openai.NotFoundError),
        ("temperature out of range", dict(options, temperature=-1), openai.BadRequestError),
        ("no messages", dict(options, messages=[]), openai.BadRequestError),
    ]:
        try:
            client.chat.completions.create(**wrong)
            check(False, f"{what}: refused")
        except kind as error:
            check(bool(error.body["message"]), f"{what}: {error.body['message']}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: openai_client.py URL, such as http://127.0.0.1:8000")
    main(sys.argv[1].rstrip("/"))
