"""How many shards a batch is cut into, where nobody says."""

from __future__ import annotations

from clearprop.errors import UsageError

MOST_SHARDS = 16
FEWEST_ROWS = 64  # of a shard: below it the sums cost more than they are worth


def suitable_shards(batch_size: int | None) -> int:
    """Return a power of two, at most 16, that leaves every shard 64 rows or more; 16 where the batch may follow."""
    if batch_size is None:
        return MOST_SHARDS
    wanted = max(1, min(MOST_SHARDS, batch_size // FEWEST_ROWS))
    return 1 << (wanted.bit_length() - 1)


def rows_of_a_step(shards: int | None, batch_size: int | None, suitable: int) -> int:
    """Return the batch size: that asked for, or a suitable one that leaves every shard enough rows.

    Raises
    ------
    UsageError
        If the one asked for leaves too few.
    """
    least = FEWEST_ROWS * (shards or 0)
    if batch_size is None:
        return max(suitable, least)
    if batch_size < least and shards != 1:
        raise UsageError(
            f"shards must have {FEWEST_ROWS} rows or more, and {shards} of a batch of {batch_size} rows have fewer; "
            f"pass batch_size={least}, or shards={suitable_shards(batch_size)}."
        )
    return batch_size
