"""What counts as the same model, and what does not."""

import keras
import numpy as np
import pytest

from mmcourse.identity import array_digest, configuration, first_difference, function_digest


def network(activation="relu", rate=0.2, dtype=None, function=None):
    given = keras.Input((4,))
    inner = keras.Sequential([keras.layers.Dense(3, activation, dtype=dtype), keras.layers.Dropout(rate)])
    function = function or (lambda x: 2 * x)
    outputs = keras.layers.Lambda(function)(inner(given))
    return keras.Model(given, keras.layers.Add()([outputs, keras.layers.Dense(3)(given)]))


def config(**changes):
    return configuration(network(**changes).get_config)


def test_two_built_alike_are_the_same_whatever_keras_called_their_layers():
    assert config() == config() and config() is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"activation": "tanh"}, "activation was relu and is tanh"),
        ({"rate": 0.3}, "rate was 0.2 and is 0.3"),
        ({"dtype": "mixed_float16"}, "dtype.config.name was float32 and is mixed_float16"),
        ({"function": lambda x: 3 * x}, "function.lambda was"),
    ],
)
def test_a_change_is_named_with_both_values(change, words):
    assert words in first_difference(config(**change), config()).replace("'", "")


def test_being_built_is_no_difference():
    plain, built = (keras.Sequential([keras.layers.Dense(2)]) for _ in range(2))
    built(np.ones((1, 3)))
    assert configuration(plain.get_config) == configuration(built.get_config)


def test_a_model_that_does_not_know_its_configuration_has_none():
    class Own(keras.Model):
        def __init__(self, function):
            super().__init__()

        def get_config(self):
            raise NotImplementedError

    assert configuration(Own(np.sin).get_config) is None


def test_a_functions_digest_is_what_it_does_not_where_it_stands():
    one = eval("lambda a, b=1: [x + b for x in a]")
    other = eval("\n\n\nlambda a, b=1: [x + b for x in a]")
    assert function_digest(one) == function_digest(other)
    changed = [eval("lambda a, b=1: [x - b for x in a]"), eval("lambda a, b=2: [x + b for x in a]")]
    assert not {function_digest(function) for function in changed} & {function_digest(one)}


def test_an_arrays_digest_is_its_type_shape_and_values():
    arrays = [np.arange(6), np.arange(6).reshape(2, 3), np.arange(6.0), np.array([0, 1, 2, 3, 4, 6]), np.array(["a"])]
    arrays += [np.array(["b"]), np.zeros((0, 3)), np.zeros((0, 2))]
    assert len({array_digest(array) for array in arrays}) == len(arrays)
    assert array_digest(np.arange(12).reshape(3, 4).T) == array_digest(np.arange(12).reshape(3, 4).T.copy())
