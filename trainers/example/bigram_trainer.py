"""A whole trainer: a table of logits for each token given the one before it, and plain gradient descent.

A policy is a directory with table.safetensors: F64 `table` [vocabulary · vocabulary]. See docs/trainers.md.
"""
import math
from whet_trainer import Refusal, read_tensors, serve, write_tensors

class Bigram:
    name, capabilities = "bigram", {"objectives": ["policy_gradient"], "aggregations": ["token-sum"]}

    def load(self, directory, settings):
        self.table = list(read_tensors(f"{directory}/table.safetensors")["table"])
        self.size, self.gradient = math.isqrt(len(self.table)), [0.0] * len(self.table)
        return {"vocabulary": self.size}

    def scores(self, sequence, place):  # of every token at that place
        row = sequence.tokens[place - 1] * self.size
        logits = [x / sequence.temperature for x in self.table[row : row + self.size]]
        total = math.log(sum(map(math.exp, logits)))
        return row, [x - total for x in logits]

    def log_probabilities(self, sequences):
        for s in sequences:
            yield [self.scores(s, place)[1][s.tokens[place]] if place else 0.0 for place in range(len(s.tokens))]

    def forward_backward(self, sequences, loss):
        if (loss["objective"], loss.get("aggregation")) != ("policy_gradient", "token-sum"):
            raise Refusal("this trainer knows policy_gradient with token-sum alone")
        total, trained = 0.0, [(s, place) for s in sequences for place, on in enumerate(s.mask) if on]
        for s, place in trained:  # loss = −Σ vote · weight · A · log p; ∂ log p / ∂ logits = (one-hot − p) / temperature
            row, scores = self.scores(s, place)
            credit = s.vote * s.weights[place] * s.advantages[place]
            total -= credit * scores[s.tokens[place]]
            for token, score in enumerate(scores):
                slope = (token == s.tokens[place]) - math.exp(score)
                self.gradient[row + token] -= credit * slope / s.temperature
        return {"loss": total, "tokens": len(trained), "metrics": {}}

    def optimizer_step(self, learning_rate):
        norm = math.hypot(*self.gradient)
        self.table = [x - learning_rate * slope for x, slope in zip(self.table, self.gradient)]
        self.gradient = [0.0] * len(self.table)
        return norm

    def save(self, directory):
        write_tensors(f"{directory}/table.safetensors", {"table": self.table})

serve(Bigram())
