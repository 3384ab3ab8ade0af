"""Plausible wrong answers to lesson 04, each with a word its sentence must contain."""

FIND = (
    "STEPS = np.array([(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)])\n"
    "def far(a, b, d, axes=(0, 1)): return np.abs(np.roll(a, tuple(STEPS[d]), axes) - b).mean()\n"
)

WRONG = {
    1: [
        ("def backwards_too(films, labels): return films[:, ::-1], labels", "as they were"),
        ("def backwards_too(films, labels): return films[::-1], (labels + 4) % 8", "axis 0"),
        ("def backwards_too(films, labels): return films[:, :, :, ::-1], (labels + 4) % 8", "mirror"),
        ("def backwards_too(films, labels): return films[:, ::-1], 7 - labels", "half a turn"),
    ],
    2: [
        (FIND + "def from_two_frames(a, b): return np.argmin([far(b, a, d) for d in range(8)])", "backwards"),
        (FIND + "def from_two_frames(a, b): return np.argmin([far(a, b, d, (1, 0)) for d in range(8)])", "exchanged"),
        (FIND + "def from_two_frames(a, b): return np.argmax([far(a, b, d) for d in range(8)])", "smallest"),
        ("def from_two_frames(a, b): return 0", "always 0"),
    ],
    3: [
        ("def without_order(known): return known + (1 - known) / 8", "not the direction"),
        ("def without_order(known): return known / 2", "still guess"),
        ("def without_order(known): return known / 4 + (1 - known) / 8", "four axes"),
        ("def without_order(known): return 0.3", "best rule"),
    ],
}
