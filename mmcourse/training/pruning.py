"""`prune`: the smallest weights of every kernel become zero, and stay zero while the model is trained on. Lesson 23."""

import keras
import numpy as np


class _Kept(keras.constraints.Constraint):
    """What the optimizer calls after each step: the weight times its mask, after a constraint that was there before."""

    def __init__(self, mask: keras.Variable, before):
        self.mask, self.before = mask, before

    def __call__(self, weight):
        weight = weight if self.before is None else self.before(weight)
        return weight * keras.ops.cast(self.mask, weight.dtype)


def prune(model: keras.Model, share: float) -> float:
    """Set the `share` of each kernel that is smallest in magnitude to zero, for good; the share of zeros in the model.

    w ← w ⊙ m, where m is 0 for the round(share · n) smallest |w| of the n weights of a kernel, and 1 for the others
    (Han, Pool, Tran and Dally, 2015, arXiv:1506.02626). Kernels are the trainable weights of two axes or more; biases
    and what is frozen stay as they are. The masks hold on through `fit` and other optimizers of Keras, which apply
    them after each step. Another call prunes by the new share, from the weights as they are now.

    A file saved from the model holds the zeros but not the masks: before training on, prune what was loaded by the same
    share, which finds the same zeros. A model that is compiled around this one is to be compiled again. Zeros save no
    time in dense arithmetic, and no bytes before the file is compressed.

    Raises `ValueError` for a share outside [0, 1), a model without kernels to prune (not built yet, or all frozen), and
    kernels with NaN. Taught in lesson 23.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
    >>> prune(model, 0.5)  # 10 of the 20 weights in the kernel; the 5 biases are zero from the start
    0.6
    """
    if not 0 <= share < 1:  # NaN too
        raise ValueError(f"prune takes a share of the weights from 0 up to but not including 1; got {share!r}")
    kernels = [weight for weight in model.trainable_weights if len(weight.shape) > 1]
    if not kernels:
        raise ValueError(f"prune found no trainable kernel in {model.name!r}: build it first, and do not freeze it")
    values = [keras.ops.convert_to_numpy(kernel) for kernel in kernels]
    if wrong := [kernel.path for kernel, value in zip(kernels, values, strict=True) if np.isnan(value).any()]:
        raise ValueError(f"prune cannot order weights that are NaN: {', '.join(wrong)}")
    fresh = [_apply(kernel, _mask(value, share)) for kernel, value in zip(kernels, values, strict=True)]
    if any(fresh) or keras.backend.backend() != "tensorflow":  # a step that was traced before does not know the masks
        model.train_function = None
    weights = [keras.ops.convert_to_numpy(weight) for weight in model.weights]
    return float(sum(np.sum(weight == 0) for weight in weights) / sum(weight.size for weight in weights))


def _mask(value: np.ndarray, share: float) -> np.ndarray:
    """1 for what stays; equal magnitudes go in the order in which they stand."""
    mask = np.ones(value.size, "float32")
    mask[np.argsort(np.abs(value), axis=None, kind="stable")[: round(share * value.size)]] = 0
    return mask.reshape(value.shape)


def _apply(kernel: keras.Variable, mask: np.ndarray) -> bool:
    """Put the mask on a kernel, and on what the optimizer will make of it; whether it had none before."""
    first = not isinstance(kernel.constraint, _Kept)
    if first:
        kernel.constraint = _Kept(keras.Variable(mask, trainable=False, name="mask"), kernel.constraint)
    else:
        kernel.constraint.mask.assign(mask)
    kernel.assign(keras.ops.where(mask > 0, kernel.value, 0))
    return first
