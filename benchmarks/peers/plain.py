"""The fusion formulas as most people would write them, correct and without tricks.

Each function takes the inputs, the weights of our layer by name, and a namespace `t` with the few tensor
functions it needs, so that one text serves PyTorch and plain Keras. The benchmark checks that both give our
layers' numbers before it times anything.
"""

from types import SimpleNamespace


def torch_namespace():
    import torch
    import torch.nn.functional as functional

    return SimpleNamespace(
        einsum=torch.einsum,
        reshape=torch.reshape,
        cat=lambda xs, axis: torch.cat(xs, dim=axis),
        one=lambda x: torch.ones_like(x[..., :1]),
        tanh=torch.tanh,
        sigmoid=torch.sigmoid,
        softmax=lambda x: torch.softmax(x, dim=-1),
        sqrt=torch.sqrt,
        abs=torch.abs,
        mean=lambda x, axis: x.mean(dim=axis),
        sum=lambda x, axis: x.sum(dim=axis),
        norm=lambda x, g, b: functional.layer_norm(x, (x.shape[-1],), g, b, 1e-5),
        relu=torch.relu,
        repeat=lambda x, n: x.unsqueeze(0).expand(n, *x.shape),
    )


def keras_namespace():
    from keras import ops

    def norm(x, gamma, beta):
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        return centred / ops.sqrt(ops.mean(centred**2, axis=-1, keepdims=True) + 1e-5) * gamma + beta

    return SimpleNamespace(
        einsum=ops.einsum,
        reshape=ops.reshape,
        cat=lambda xs, axis: ops.concatenate(xs, axis=axis),
        one=lambda x: ops.ones_like(x[..., :1]),
        tanh=ops.tanh,
        sigmoid=ops.sigmoid,
        softmax=lambda x: ops.softmax(x, axis=-1),
        sqrt=ops.sqrt,
        abs=ops.abs,
        mean=lambda x, axis: ops.mean(x, axis=axis),
        sum=lambda x, axis: ops.sum(x, axis=axis),
        norm=norm,
        relu=ops.relu,
        repeat=lambda x, n: ops.repeat(x[None], n, axis=0),
    )


def tensor(xs, w, t):
    """The outer product of [1; x_m], formed, then a matrix."""
    product = t.cat([t.one(xs[0]), xs[0]], -1)
    for x in xs[1:]:
        x = t.cat([t.one(x), x], -1)
        product = t.reshape(t.einsum("bi,bj->bij", product, x), (x.shape[0], -1))
    return product @ w["kernel"]


def low_rank(xs, w, t):
    """Every [1; x_m] against a (rank, d + 1, units) kernel, as in the authors' code."""
    (rank,), product = w["w"].shape, 1.0
    for m, x in enumerate(xs):
        kernel = t.cat([w[f"c{m}"][None], w[f"W{m}"]], 0)
        kernel = t.reshape(kernel, (kernel.shape[0], rank, -1))
        product = product * t.einsum("bi,iro->rbo", t.cat([t.one(x), x], -1), kernel)
    return t.einsum("r,rbo->bo", w["w"], product) + w["b"]


def multiplicative(xs, w, t):
    total = w["b"]
    for m, x in enumerate(xs):
        total = total + x @ w[f"U{m}"]
        for n in range(m + 1, len(xs)):
            generated = t.einsum("bi,ijk->bjk", x, w[f"W{m}{n}"])
            total = total + t.einsum("bj,bjk->bk", xs[n], generated)
    return total


def gated(xs, w, t):
    everything = t.cat(xs, -1)
    gates = t.sigmoid(everything @ w["G"])
    hidden = [t.tanh(x @ w[f"W{m}"]) for m, x in enumerate(xs)]
    if len(xs) == 2:
        return gates * hidden[0] + (1 - gates) * hidden[1]
    units = hidden[0].shape[-1]
    return sum(gates[:, m * units : (m + 1) * units] * h for m, h in enumerate(hidden))


def factorized(xs, w, t, factors=5):
    product = 1.0
    for m, x in enumerate(xs):
        product = product * (x @ w[f"U{m}"])
    pooled = t.sum(t.reshape(product, (xs[0].shape[0], -1, factors)), -1)
    root = pooled / t.sqrt(t.abs(pooled) + 1e-12)
    return root / t.sqrt(t.mean(root * root, -1) + 1e-12)[:, None]


def attend(q, k, v, t):
    return t.softmax(t.einsum("bqd,bkd->bqk", q, k) * q.shape[-1] ** -0.5) @ v


def cross_attention(xs, w, t):
    total = 0.0
    for a, x in enumerate(xs):
        others = [b for b in range(len(xs)) if b != a]
        k = t.cat([xs[b] @ w[f"K{b}"] for b in others], 1)
        v = t.cat([xs[b] @ w[f"V{b}"] for b in others], 1)
        total = total + t.mean(attend(x @ w[f"Q{a}"], k, v, t), 1) @ w[f"O{a}"]
    return t.norm(total, w["gamma"], w["beta"])


def bottleneck(xs, w, t, layers=2, tokens=4):
    """Every block on all its tokens, in the last layer too; one head."""
    hidden = [x @ w[f"P{m}"] for m, x in enumerate(xs)]
    shared = t.repeat(w["bottleneck"], xs[0].shape[0])
    for depth in range(layers):
        views = []
        for m in range(len(xs)):
            p = {name.split("/", 1)[1]: v for name, v in w.items() if name.startswith(f"{depth}.{m}/")}
            both = t.cat([hidden[m], shared], 1)
            normed = t.norm(both, p["ln1/gamma"], p["ln1/beta"])
            units = both.shape[-1]
            k, v = normed @ p["key_value"][:, :units], normed @ p["key_value"][:, units:]
            y = both + attend(normed @ p["query"], k, v, t) @ p["out"]
            inner = t.relu(t.norm(y, p["ln2/gamma"], p["ln2/beta"]) @ p["widen/kernel"] + p["widen/bias"])
            both = y + inner @ p["narrow/kernel"] + p["narrow/bias"]
            hidden[m], view = both[:, :-tokens], both[:, -tokens:]
            views.append(view)
        shared = sum(views) / len(views)
    return t.norm(t.mean(shared, 1), w["gamma"], w["beta"])
