"""What the layers can learn: products of modalities where sums stay at chance."""

import keras
import numpy as np
import pytest

import mmcourse.layers as mml


def accuracy(fusion, train, test, epochs, rate=0.01, outputs=1) -> float:
    """Test accuracy of `fusion` and a linear head on fixed inputs."""
    inputs = [keras.Input(x.shape[1:]) for x in train[0]]
    fused = fusion(inputs)
    model = keras.Model(inputs, keras.layers.Dense(outputs)(fused))
    steps = len(train[1]) // 250
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    jit = keras.backend.backend() == "jax"  # step by step JAX is slow; elsewhere compiling costs more than it brings
    model.compile(keras.optimizers.Adam(schedule), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=jit)
    model.fit(*train, batch_size=250, epochs=epochs, verbose=0)
    logits = model.predict(test[0], batch_size=4000, verbose=0)
    return float(((logits[:, 0] > 0) == test[1]).mean())


def bilinear_task(seed, train=20_000, test=4_000, width=16):
    """y = x1ᵀ M x2 > 0, M of rank 2."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(width, 2)) @ rng.normal(size=(2, width))
    x1, x2 = (rng.normal(size=(train + test, width)).astype("float32") for _ in range(2))
    y = np.einsum("bi,ij,bj->b", x1, matrix, x2) > 0
    return ([x1[:train], x2[:train]], y[:train]), ([x1[train:], x2[train:]], y[train:])


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "fusion",
    [lambda: mml.LowRankFusion(16, rank=4), lambda: mml.TensorFusion(16), lambda: mml.MultiplicativeFusion(16)],
    ids=["low rank", "tensor", "multiplicative"],
)
def test_a_product_layer_learns_a_bilinear_rule(fusion, seed):
    """Factors that are not trained stop at about 0.62."""
    keras.utils.set_random_seed(seed)
    assert accuracy(fusion(), *bilinear_task(seed), epochs=15) >= 0.97


ERASED = 0.2
CEILING = 0.5 + 0.5 * (1 - ERASED) ** 2


def xor_task(rows, seed, width=8):
    """Two symbols in {0, 1}, each seen by one modality unless erased; y is whether they differ."""
    rng = np.random.default_rng(seed)
    codes = np.random.default_rng(99).normal(size=(2, 2, width))  # frozen features of each symbol
    symbols = rng.integers(0, 2, (rows, 2))
    seen = rng.random((rows, 2)) >= ERASED
    xs = [
        (seen[:, m : m + 1] * codes[m][symbols[:, m]] + rng.normal(scale=0.1, size=(rows, width))).astype("float32")
        for m in range(2)
    ]
    return xs, symbols[:, 0] != symbols[:, 1]


ADDITIVE = {
    "concat": lambda: mml.ConcatFusion("layer"),
    "sum": lambda: mml.WeightedSum(32),
    "sum per feature": lambda: mml.WeightedSum(32, "feature"),
}
PRODUCTS = {
    "nonlinear": lambda: mml.NonlinearFusion(32),
    "gated": lambda: mml.GatedFusion(32),
    "FiLM": mml.FiLM,
    "multiplicative": lambda: mml.MultiplicativeFusion(32),
    "multiplicative vector": lambda: mml.MultiplicativeFusion(32, "vector"),
    "tensor": lambda: mml.TensorFusion(32),
    "tensor, formed": mml.TensorFusion,
    "low rank": lambda: mml.LowRankFusion(32),
    "factorized": lambda: mml.FactorizedBilinear(32),
    "compact": lambda: mml.CompactBilinear(128, seed=1),
}


@pytest.mark.parametrize("name", [*ADDITIVE, *PRODUCTS])
def test_xor_needs_a_product_or_a_nonlinearity(name):
    keras.utils.set_random_seed(0)
    train, test = xor_task(4000, 1), xor_task(20_000, 2)
    found = accuracy({**ADDITIVE, **PRODUCTS}[name](), train, test, epochs=12)
    if name in ADDITIVE:
        assert abs(found - 0.5) < 0.04, "a sum of modalities cannot know whether they differ"
    else:
        assert found > CEILING - 0.02
