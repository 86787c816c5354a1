"""How batches are cut."""

import numpy as np
import pytest
import torch

import batches
from whet_torch import batch, microbatch


def streams_of(tmp_path, lengths, seed=0):
    return batch.read(batches.write(batches.random_batch(seed, lengths), tmp_path / "b"))


@pytest.mark.parametrize("pads", [False, True])
@pytest.mark.parametrize("processes", [1, 2, 3, 8])
@pytest.mark.parametrize("limit", [1, 50, 400, 100_000])
def test_every_scored_token_is_in_one_piece(tmp_path, limit, processes, pads):
    lengths = np.random.default_rng(1).integers(1, 90, 60).tolist()
    streams = streams_of(tmp_path, lengths)
    for mask in (streams.mask, microbatch.scored_mask(streams)):
        pieces = microbatch.cut(streams, mask, limit, processes, pads)
        places = torch.cat([piece.scored for piece in pieces])
        assert torch.equal(places, mask.nonzero().flatten())
        for piece in pieces:
            cost = int(piece.lengths.max()) * len(piece.lengths) if pads else int(piece.lengths.sum())
            assert cost <= limit or len(piece.sequences) == 1
            own = streams.offsets[piece.sequences][piece.owners]
            # The row before each scored token holds the token before it, at the place before it.
            assert torch.equal(piece.inputs[piece.rows], streams.tokens[piece.scored - 1].long())
            assert torch.equal(piece.positions[piece.rows], piece.scored - 1 - own)
            assert torch.equal(piece.targets, streams.tokens[piece.scored].long())


@pytest.mark.parametrize("processes", [2, 4, 8])
def test_processes_get_alike_much(tmp_path, processes):
    streams = streams_of(tmp_path, [40] * 90)
    alone = microbatch.cut(streams, streams.mask, 400)
    pieces = microbatch.cut(streams, streams.mask, 400, processes)
    rounds = -(-len(alone) // processes)
    assert len(pieces) <= rounds * processes
    # Nobody could have less than the mean; nobody has more than that and one sequence.
    sizes = [len(piece.inputs) for piece in pieces]
    assert max(sizes) <= min(400, sum(sizes) / (rounds * processes) + 40)


def test_what_trains_nothing_is_in_no_piece(tmp_path):
    arrays = batches.random_batch(0, [9, 9, 9])
    arrays["mask"][9:18] = 0
    streams = batch.read(batches.write(arrays, tmp_path / "b"))
    assert torch.cat([p.sequences for p in microbatch.cut(streams, streams.mask, 10)]).tolist() == [0, 2]
    arrays["mask"][:] = 0
    streams = batch.read(batches.write(arrays, tmp_path / "b"))
    assert microbatch.cut(streams, streams.mask, 10, 4) == []
