"""What scripts/saboteur plays: a file a kind of mistake."""
