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
}
