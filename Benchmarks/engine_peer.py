"""What `whet bench engine` measures, with PyTorch and transformers: the same shapes, lengths and number of threads.

Prints {"figures": {name: tokens a second}}. Needs torch and transformers; runs on the CPU.
Usage: python engine_peer.py [THREADS]
"""

import json
import sys
import time

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

SHAPES = {
    "0.87M": dict(vocab_size=640, hidden_size=128, intermediate_size=384, num_hidden_layers=4,
                  num_attention_heads=4, num_key_value_heads=2, head_dim=32),
    "5.2M": dict(vocab_size=2048, hidden_size=256, intermediate_size=768, num_hidden_layers=6,
                 num_attention_heads=8, num_key_value_heads=4, head_dim=32),
}
SEQUENCES, SEQUENCE_TOKENS = 64, 64
BATCH, PROMPT_TOKENS, NEW_TOKENS = 64, 16, 128
ROUNDS = 5


def rate(tokens, round_):
    """Tokens a second of the fastest round, after one that does not count."""
    round_()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        round_()
        seconds.append(time.perf_counter() - start)
    return tokens / min(seconds)


def training(model):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95))
    ids = torch.randint(model.config.vocab_size, (SEQUENCES, SEQUENCE_TOKENS))

    def step():
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return rate(SEQUENCES * SEQUENCE_TOKENS, step)


def sampling(model):
    model.eval()
    ids = torch.randint(model.config.vocab_size, (BATCH, PROMPT_TOKENS))
    options = dict(do_sample=True, temperature=1.0, top_k=0, top_p=1.0, min_new_tokens=NEW_TOKENS,
                   max_new_tokens=NEW_TOKENS, pad_token_id=0, attention_mask=torch.ones_like(ids))

    def generate():
        with torch.inference_mode():
            model.generate(ids, **options)

    return rate(BATCH * NEW_TOKENS, generate)


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    torch.manual_seed(1)
    figures = {}
    for name, shape in SHAPES.items():
        model = Qwen3ForCausalLM(Qwen3Config(**shape, max_position_embeddings=4096, tie_word_embeddings=True))
        figures[f"training_tokens_per_second_{name}"] = training(model)
        figures[f"sampling_tokens_per_second_{name}"] = sampling(model)
    print(json.dumps({"figures": figures}))


main()
