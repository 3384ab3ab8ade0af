"""NumPy transcriptions of the papers' formulas, in float64, one sample group at a time.

Each takes the built layer (for its weights) and a list with an array for every modality that is there and
None for every other.
"""

import keras
import numpy as np


def value(weight):
    return np.asarray(keras.ops.convert_to_numpy(weight), "float64")


def values(weights):
    return [value(w) for w in weights]


def there(xs):
    return [m for m, x in enumerate(xs) if x is not None]


def rows(xs):
    return len(next(x for x in xs if x is not None))


def zeroed(xs, shapes):
    """Absent modalities as zeros."""
    n = rows(xs)
    return [np.zeros((n, *s[1:])) if x is None else x for x, s in zip(xs, shapes, strict=True)]


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2  # without overflow


def layer_norm(x, norm):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + norm.epsilon)
    return scaled * value(norm.gamma) + value(norm.beta)


def concat(layer, xs):
    parts = []
    for m, (x, shape) in enumerate(zip(xs, layer.shapes, strict=True)):
        if x is None:
            parts.append(np.zeros((rows(xs), shape[-1])))
        else:
            parts.append(layer_norm(x, layer.norms[m]) if layer.normalize else x)
    return np.concatenate(parts, axis=1)


def alpha_sum(layer, xs):
    """Σ over those present, with the softmax over those present only."""
    m_there = there(xs)
    alpha = value(layer.alpha)
    if layer.per == "sample":
        alpha = alpha + sum(xs[m] @ value(layer.kernels[m]) for m in m_there)
    logits = alpha[..., m_there]
    weights = softmax(logits) if layer.normalize == "softmax" else logits
    total = 0
    for k, m in enumerate(m_there):
        part = xs[m] @ value(layer.projections[m]) if layer.units else xs[m]
        a = weights[..., k]
        total = total + (a[:, None] if layer.per == "sample" else a) * part
    return total


def nonlinear(layer, xs):
    return np.maximum(alpha_sum(layer, xs) + value(layer.bias), 0)


def gated(layer, xs):
    m_there, n = there(xs), len(xs)
    hidden = {m: np.tanh(xs[m] @ value(layer.kernels[m])) for m in m_there}
    if n == 1 or (n == 2 and len(m_there) == 1):
        return hidden[m_there[0]]
    gates = sigmoid(np.concatenate(zeroed(xs, layer.shapes), axis=1) @ value(layer.gate_kernel))
    if n == 2:
        return gates * hidden[0] + (1 - gates) * hidden[1]
    units = layer.units
    return sum(gates[:, m * units : (m + 1) * units] * hidden[m] for m in m_there)


def film(layer, xs):
    x, *conditions = zeroed(xs, layer.shapes)
    both = value(layer.bias) + sum(c @ value(k) for c, k in zip(conditions, layer.kernels, strict=True))
    width = x.shape[-1]
    places = (len(x), *[1] * (x.ndim - 2), width)
    return (1 + both[:, :width].reshape(places)) * x + both[:, width:].reshape(places)


def squeeze_excite(layer, xs):
    xs = zeroed(xs, layer.shapes)
    e = value(layer.bias)
    for x, kernel in zip(xs, layer.squeezes, strict=True):
        e = e + x.reshape(len(x), -1, x.shape[-1]).mean(axis=1) @ value(kernel)
    e = np.maximum(e, 0)
    out = []
    for x, kernel, offset in zip(xs, layer.excites, layer.offsets, strict=True):
        gate = 2 * sigmoid(e @ value(kernel) + value(offset))
        out.append(gate.reshape(len(x), *[1] * (x.ndim - 2), -1) * x)
    return out


def multiplicative(layer, xs):
    xs = zeroed(xs, layer.shapes)
    total = value(layer.bias) + sum(x @ value(u) for x, u in zip(xs, layer.linear, strict=True))
    for group, weights in zip(layer.groups, layer.products, strict=True):
        kernel = value(weights[0])
        if layer.form != "matrix":  # the whole kernel from its factors, the last with all units
            kernel = np.ones((1, layer.units))[0]
            for factor in values(weights):
                kernel = kernel[..., None, :] * factor
        letters = "hij"[: len(group)]
        products = ",".join(f"b{letter}" for letter in letters)
        total = total + np.einsum(f"{products},{letters}k->bk", *[xs[m] for m in group], kernel)
    return total


def largest(layer, xs):
    return np.max([xs[m] @ value(layer.projections[m]) for m in there(xs)], axis=0)


def element_product(layer, xs):
    return np.prod([xs[m] @ value(layer.projections[m]) for m in there(xs)], axis=0)


def tensor(layer, xs):
    ones = [np.concatenate([np.ones((len(x), 1)), x], axis=1) for x in zeroed(xs, layer.shapes)]
    product = ones[0]
    for x in ones[1:]:
        product = np.einsum("bi,bj->bij", product, x).reshape(len(x), -1)
    return product if layer.units is None else product @ value(layer.kernel)


def low_rank(layer, xs):
    xs = zeroed(xs, layer.shapes)
    total = value(layer.bias)
    for r in range(layer.rank):
        columns = slice(r * layer.units, (r + 1) * layer.units)
        product = 1.0
        for x, w, c in zip(xs, layer.factors, layer.constants, strict=True):
            product = product * (x @ value(w)[:, columns] + value(c)[columns])
        total = total + value(layer.rank_weights)[r] * product
    return total


def factorized(layer, xs):
    product = np.ones((rows(xs), layer.units * layer.factors))
    for m in there(xs):
        product = product * (xs[m] @ value(layer.kernels[m]))
    pooled = np.stack(
        [product[:, j * layer.factors : (j + 1) * layer.factors].sum(axis=1) for j in range(layer.units)], axis=1
    )
    root = np.sign(pooled) * np.sqrt(np.abs(pooled))
    return root * np.sqrt(layer.units) / np.sqrt((root**2).sum(axis=1, keepdims=True))


def compact(layer, xs):
    """By circular convolution of the sketches, place by place, without any FFT."""
    units, n = layer.units, rows(xs)
    result = np.zeros((n, units))
    result[:, 0] = 1.0
    for m in there(xs):
        places, signs = value(layer.places[m]).astype(int), 2 * value(layer.signs[m]) - 1
        sketch = np.zeros((n, units))
        for j, place in enumerate(places):
            sketch[:, place] += signs[j] * xs[m][:, j] / np.sqrt(len(places))
        result = sum(result[:, [i]] * np.roll(sketch, i, axis=1) for i in range(units))
    return result * np.sqrt(units)


def attend(q, k, v, heads):
    """Multi-head attention, one head after another: (B, Tq, D), (B, Tk, D) -> (B, Tq, D)."""
    depth = q.shape[-1] // heads
    out = []
    for h in range(heads):
        part = slice(h * depth, (h + 1) * depth)
        a = softmax(q[..., part] @ k[..., part].transpose(0, 2, 1) / np.sqrt(depth))
        out.append(a @ v[..., part])
    return np.concatenate(out, axis=-1)


def cross_attention(layer, xs):
    m_there = there(xs)
    total = 0
    for a in m_there:
        others = [b for b in m_there if b != a] or [a]
        k = np.concatenate([xs[b] @ value(layer.keys[b]) for b in others], axis=1)
        v = np.concatenate([xs[b] @ value(layer.values[b]) for b in others], axis=1)
        h = attend(xs[a] @ value(layer.queries[a]), k, v, layer.heads)
        total = total + h.mean(axis=1) @ value(layer.outs[a])
    return layer_norm(total, layer.norm)


def block(layer, queries, keys):
    units = layer.units
    q, k = layer_norm(queries, layer.norm_attention), layer_norm(keys, layer.norm_attention)
    key_value = value(layer.key_value)
    mixed = attend(q @ value(layer.query), k @ key_value[:, :units], k @ key_value[:, units:], layer.heads)
    y = queries + mixed @ value(layer.out)
    hidden = np.maximum(layer_norm(y, layer.norm_mlp) @ value(layer.widen.kernel) + value(layer.widen.bias), 0)
    return y + hidden @ value(layer.narrow.kernel) + value(layer.narrow.bias)


def bottleneck(layer, xs):
    m_there = there(xs)
    tokens = {m: xs[m] @ value(layer.projections[m]) for m in m_there}
    shared = np.repeat(value(layer.bottleneck)[None], rows(xs), axis=0)
    for row in layer.blocks:
        views = []
        for m in m_there:
            both = np.concatenate([tokens[m], shared], axis=1)
            both = block(row[m], both, both)
            tokens[m], view = both[:, : -layer.tokens], both[:, -layer.tokens :]
            views.append(view)
        shared = sum(views) / len(views)
    return layer_norm(shared.mean(axis=1), layer.norm)


def sinusoid(steps, width):
    half = (width + 1) // 2
    angles = np.arange(steps)[:, None] / 10000 ** (np.arange(half) / half)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :width]


def latent(layer, xs):
    tokens = [
        xs[m] @ value(layer.projections[m]) + value(layer.kinds)[m] + sinusoid(xs[m].shape[1], layer.units)
        for m in there(xs)
    ]
    tokens = np.concatenate(tokens, axis=1)
    latents = np.repeat(value(layer.array)[None], rows(xs), axis=0)
    read, *think = layer.blocks
    latents = block(read, latents, tokens)
    for one in think:
        latents = block(one, latents, latents)
    return layer_norm(latents.mean(axis=1), layer.norm)


def token_fusion(layer, xs):
    tokens = [xs[m] @ value(layer.projections[m]) + value(layer.kinds)[m] for m in there(xs)]
    tokens = np.concatenate(tokens, axis=1)
    for one in layer.blocks:
        tokens = block(one, tokens, tokens)
    return layer_norm(tokens.mean(axis=1), layer.norm)


def embrace(layer, xs):
    """Inference: the mean over p, rescaled to those present."""
    m_there = there(xs)
    p = np.array(layer.p or [1.0] * len(xs))[m_there]
    p = p / p.sum()
    return sum(
        p[k] * np.maximum(xs[m] @ value(layer.kernels[m]) + value(layer.biases[m]), 0) for k, m in enumerate(m_there)
    )


def modality_dropout(layer, xs):
    """Inference: nothing is dropped; what is absent is zero."""
    present = np.array([[x is not None for x in xs]] * rows(xs))
    return [*zeroed(xs, layer.shapes), present]


def chances(xs):
    """The probabilities of the models that are there; from one logit those of "no" and "yes"."""
    both = [x if x.shape[1] > 1 else np.concatenate([0 * x, x], axis=1) for x in xs if x is not None]
    return [softmax(x) for x in both]


def decided(layer, p):
    """log p of what is proportional to p; one logit where one came."""
    with np.errstate(divide="ignore"):
        log = np.log(p / p.sum(axis=1, keepdims=True))
    return log[:, 1:] - log[:, :1] if layer.binary else log


def average(layer, xs):
    return decided(layer, np.mean(chances(xs), axis=0))


def geometric(layer, xs):
    """The normalised geometric mean of probabilities, by products and roots."""
    p = chances(xs)
    return decided(layer, np.prod(p, axis=0) ** (1 / len(p)))


def vote(layer, xs):
    m_there = there(xs)
    alpha = softmax(value(layer.alpha)[m_there])
    return decided(layer, sum(a * p for a, p in zip(alpha, chances(xs), strict=True)))


def product_of_experts(layer, xs):
    p = chances(xs)
    prior = np.array(layer.prior or [1.0] * layer.classes)
    return decided(layer, np.prod(p, axis=0) / (prior / prior.sum()) ** (len(p) - 1))


def mixture_of_experts(layer, xs):
    m_there = there(xs)
    p = dict(zip(m_there, chances(xs), strict=True))
    gate = softmax((value(layer.bias) + sum(p[m] @ value(layer.kernels[m]) for m in m_there))[:, m_there])
    return decided(layer, sum(gate[:, [k]] * p[m] for k, m in enumerate(m_there)))


def stacked(layer, xs):
    hidden = value(layer.bias) + sum(p @ value(layer.kernels[m]) for m, p in zip(there(xs), chances(xs), strict=True))
    return decided(layer, softmax(np.maximum(hidden, 0) @ value(layer.out) + value(layer.offset)))


def gaussian(layer, xs):
    """Precisions add up, and means weighted by them."""
    half = layer.widths[0] // 2
    seen = [x for x in xs if x is not None]
    precisions = [np.exp(-x[:, half:]) for x in seen] + ([] if layer.prior is None else [1 / layer.prior])
    total = sum(precisions)
    mean = sum(p * x[:, :half] for p, x in zip(precisions, seen, strict=False)) / total
    return np.concatenate([mean, -np.log(total)], axis=1)
