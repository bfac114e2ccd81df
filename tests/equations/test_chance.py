"""Philox, dropout masks, initial weights: published vectors, distributions, and what they depend on."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clearprop.equations import INITIALIZERS
from clearprop.equations.dropout import dropout_mask
from clearprop.equations.initializers import default_initializer, get_initializer
from clearprop.equations.philox import PURPOSE_DROPOUT, PURPOSE_SHUFFLE, generator, philox, random_words, restart
from clearprop.errors import UsageError

WORDS = 2.0**32


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_philox_gives_the_known_answers_of_random123(counter, key, expected):
    """Random123, tests/kat_vectors, philox4x32-10 (Salmon et al. 2011)."""
    words = philox(tuple(np.array([c], np.uint64) for c in counter), key)
    assert tuple(int(word[0]) for word in words) == expected


@pytest.mark.parametrize("seed", [np.int64(3), np.int32(3), np.uint64(3)], ids=lambda seed: type(seed).__name__)
def test_a_seed_may_be_an_integer_of_numpys(seed):
    assert np.array_equal(random_words(seed, PURPOSE_DROPOUT, 0, 0, 9), random_words(3, PURPOSE_DROPOUT, 0, 0, 9))
    assert generator(seed, PURPOSE_SHUFFLE).random() == generator(3, PURPOSE_SHUFFLE).random()


def test_element_i_is_word_i_mod_4_of_counter_i_div_4():
    seed, step, layer = 0x123456789ABCDEF0, 17, 3
    words = random_words(seed, PURPOSE_DROPOUT, step, layer, 10)
    for i in (0, 3, 4, 9):
        counter = tuple(np.array([c], np.uint64) for c in (i // 4, layer, step, PURPOSE_DROPOUT))
        assert words[i] == philox(counter, (0x9ABCDEF0, 0x12345678))[i % 4][0]


def test_fewer_words_are_a_prefix_of_more():
    assert np.array_equal(random_words(1, 2, 3, 4, 1001)[:7], random_words(1, 2, 3, 4, 7))
    assert random_words(1, 2, 3, 4, 0).shape == (0,)


def test_words_are_uniform_and_uncorrelated():
    """A chi-squared test of the high bytes, and the lag-one correlation, at five standard deviations."""
    n = 200_000
    words = random_words(7, PURPOSE_DROPOUT, 0, 0, n)
    for shift in (0, 24):
        counts = np.bincount((words >> np.uint32(shift)) & np.uint32(255), minlength=256)
        chi_squared = float(np.sum((counts - n / 256) ** 2) / (n / 256))
        assert abs(chi_squared - 255) < 5 * math.sqrt(2 * 255)
    u = words / WORDS
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 5 / math.sqrt(n)


def test_every_coordinate_of_the_counter_matters():
    reference = random_words(1, 2, 3, 4, 8)
    for other in ((2, 2, 3, 4), (1, 3, 3, 4), (1, 2, 4, 4), (1, 2, 3, 5), (1 + 2**32, 2, 3, 4), (-1, 2, 3, 4)):
        assert not np.array_equal(random_words(*other, 8), reference)


def test_generators_depend_on_seed_purpose_and_index_alone():
    def first(*key):
        return generator(*key).integers(0, 2**62, 4).tolist()

    assert first(5, PURPOSE_SHUFFLE, 2) == first(5, PURPOSE_SHUFFLE, 2)
    others = [first(5, PURPOSE_SHUFFLE, 3), first(5, PURPOSE_DROPOUT, 2), first(6, PURPOSE_SHUFFLE, 2)]
    assert first(5, PURPOSE_SHUFFLE, 2) not in others
    assert first(-1, PURPOSE_SHUFFLE) != first(1, PURPOSE_SHUFFLE)


def test_a_restarted_generator_goes_on_like_a_new_one():
    rng = generator(9, PURPOSE_SHUFFLE, 4)
    rng.integers(0, 100, 7, np.int32)  # leaves half a word behind

    again = restart(rng, 5, PURPOSE_DROPOUT, 2)

    new = generator(5, PURPOSE_DROPOUT, 2)
    assert again.integers(0, 100, 9, np.int32).tolist() == new.integers(0, 100, 9, np.int32).tolist()
    assert again.permutation(50).tolist() == new.permutation(50).tolist()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_a_dropout_mask_has_expectation_one_and_the_right_share_of_zeros(rate):
    n = 100_000
    mask = dropout_mask(3, 1, 0, (n // 10, 10), rate, np.float64)
    assert abs(np.mean(mask == 0) - rate) < 5 * math.sqrt(rate * (1 - rate) / n)
    assert abs(np.mean(mask) - 1) < 5 * math.sqrt(rate / (1 - rate) / n)
    assert set(np.unique(mask)) == {0.0, 1 / (1 - rate)}


def test_a_dropout_mask_drops_the_same_units_in_both_precisions():
    masks = [dropout_mask(3, 1, 2, (50, 7), 0.3, dtype) for dtype in (np.float32, np.float64)]
    assert np.array_equal(masks[0] == 0, masks[1] == 0)
    assert masks[0].dtype == np.float32


def test_a_row_of_a_dropout_mask_does_not_depend_on_the_rows_after_it():
    assert np.array_equal(dropout_mask(3, 1, 2, (50, 7), 0.3, float)[:20], dropout_mask(3, 1, 2, (20, 7), 0.3, float))


VARIANCES = {"he": lambda n_in, n_out: 2 / n_in, "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
             "lecun": lambda n_in, n_out: 1 / n_in}  # fmt: skip


@pytest.mark.parametrize("shape", [(300, 100), (50, 600)])
@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name != "zeros"])
def test_weights_have_the_mean_and_variance_of_the_paper(name, shape):
    paper, kind = name.split("_")
    W = get_initializer(name)(np.random.default_rng(1), *shape)
    n, variance = W.size, VARIANCES[paper](*shape)
    assert W.shape == shape
    assert abs(W.mean()) < 5 * math.sqrt(variance / n)
    kurtosis = {"normal": 3, "uniform": 9 / 5}[kind]
    assert abs(W.var() / variance - 1) < 5 * math.sqrt((kurtosis - 1) / n)
    if kind == "uniform":
        bound = math.sqrt(3 * variance)
        assert 0.99 * bound < np.abs(W).max() <= bound


def test_zeros_are_zeros():
    assert not get_initializer("zeros")(np.random.default_rng(1), 3, 2).any()


def test_defaults_suit_the_activation():
    assert default_initializer("relu") == "he_uniform"
    assert default_initializer("selu") == "lecun_normal"
    assert default_initializer("tanh") == default_initializer("softmax") == "glorot_uniform"


def test_an_unknown_initializer_is_named_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'he_normal'"):
        get_initializer("he_norml")
