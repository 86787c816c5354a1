"""whet's PyTorch trainer: executes token batches under named objectives on Hugging Face models.

It speaks the protocol whet-trainer (docs/trainers.md) and knows objectives, never algorithms.
"""

__version__ = "0.1.0"
