"""Plausible wrong answers to lesson 17, each with a word its sentence must contain."""

MEANS = "np.array([103.939, 116.779, 123.68])"

WRONG = {
    1: [
        (f"def for_vgg(p): return p - {MEANS}", "red still comes first"),
        (f"def for_vgg(p): return p[..., ::-1] - {MEANS}[::-1]", "its mean does not"),
        (f"def for_vgg(p): return (p[..., ::-1] - {MEANS}) / 255", "tiny"),
        (f"def for_vgg(p): return p[..., ::-1] / 255 - {MEANS}", "tiny"),
        (f"def for_vgg(p): return p[..., ::-1] - {MEANS}.astype('uint8')", "bytes cannot be negative"),
        (f"def for_vgg(p): return (p[..., ::-1] - {MEANS}).mean(axis=(1, 2))", "shape"),
        (f"def for_vgg(p):\n    p[:] = p[..., ::-1]\n    return p - {MEANS}", "changed the pixels"),
        ("def for_vgg(p): return p[..., ::-1].astype('float32')", "numbers are not"),
    ],
    2: [
        ("def epochs_to_pay(once, loop, cached): return once / (loop - cached)", "less"),
        ("def epochs_to_pay(once, loop, cached): return once / (loop - cached) + 1e-9", "whole number"),
        ("def epochs_to_pay(once, loop, cached): return -(-once // (loop - cached))", "less"),
        ("def epochs_to_pay(once, loop, cached): return once // loop + 1", "is not free"),
        ("def epochs_to_pay(once, loop, cached): return 100", "Solve"),
    ],
    3: [
        (
            "def unfreeze_last(layers, n):\n"
            "    for layer in layers: layer.trainable = False\n"
            "    for layer in layers[-n:]: layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)\n"
            "    return layers",
            "layers[-0:]",
        ),
        (
            "def unfreeze_last(layers, n):\n"
            "    for i, layer in enumerate(layers): layer.trainable = i >= len(layers) - n\n"
            "    return layers",
            "batch normalisation",
        ),
        (
            "def unfreeze_last(layers, n):\n"
            "    for layer in layers[len(layers) - n:]:\n"
            "        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)\n"
            "    layers[1].trainable = False\n"
            "    return layers",
            "freeze all but the last n",
        ),
        (
            "def unfreeze_last(layers, n):\n"
            "    for layer in layers: layer.trainable = False\n"
            "    layers[-1].trainable = n > 0\n"
            "    return layers",
            "must learn",
        ),
        ("def unfreeze_last(layers, n): return layers[-n:]", "the very list"),
    ],
    4: [
        ("def look_at(p): return 'Right'", '"right", yours says "Right".'),
        (
            "def look_at(p):\n"
            "    if p.dtype.kind == 'u': return 'right'\n"
            "    if p.min() < 0: return 'negative'\n"
            "    if p.max() > 1: return 'not divided'\n"
            "    return 'right' if p.mean() > 0.001 else 'divided twice'",
            "1/255",
        ),
        (
            "def look_at(p):\n"
            "    if p.dtype.kind == 'u': return 'right'\n"
            "    if p.min() < 0: return 'negative'\n"
            "    if p.max() > 1: return 'not divided'\n"
            "    return 'right' if p.max() > 0.1 else 'divided twice'",
            "very dark floats",
        ),
        (
            "def look_at(p):\n"
            "    if p.dtype.kind == 'u': return 'right'\n"
            "    if p.max() > 1: return 'not divided'\n"
            "    if p.max() <= 1 / 255: return 'divided twice'\n"
            "    return 'negative' if p.min() < 0 else 'right'",
            "from -1 to 0",
        ),
        ("def look_at(p): return 'right' if p.max() <= 1 else 'not divided'", "dtype"),
        (
            "def look_at(p):\n"
            "    if p.dtype.kind == 'u': return 'right'\n"
            "    return 'not divided' if p.max() > 1 else 'right'",
            "divided twice",
        ),
        (
            "def look_at(p):\n"
            "    if p.dtype.kind == 'u': return 'right'\n"
            "    if p.max() > 1: return 'not divided'\n"
            "    return 'right' if p.max() > 0.5 else 'divided twice'",
            "dark floats",
        ),
        (
            "def look_at(p):\n"
            "    if p.dtype.kind == 'u': return 'right'\n"
            "    if p.max() > 1: return 'not divided'\n"
            "    return 'right' if p.max() > 1 / 255 else 'divided twice'",
            "negative",
        ),
    ],
}
