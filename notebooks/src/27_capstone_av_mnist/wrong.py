"""Plausible wrong answers to lesson 27, each with a word its sentence must contain."""

WRONG = {
    1: [
        (
            "def kept(known, unseen, k):\n"
            "    mean = unseen.mean(axis=0)\n"
            "    return (unseen - mean) @ np.linalg.svd(unseen - mean, full_matrices=False)[2][:k].T",
            "looked at the unseen",
        ),
        (
            "def kept(known, unseen, k):\n"
            "    both = np.concatenate([known, unseen])\n"
            "    mean = both.mean(axis=0)\n"
            "    return (unseen - mean) @ np.linalg.svd(both - mean, full_matrices=False)[2][:k].T",
            "have seen `unseen`",
        ),
        (
            "def kept(known, unseen, k):\n"
            "    return unseen @ np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2][:k].T",
            "mean of `known`",
        ),
        (
            "def kept(known, unseen, k):\n"
            "    axes = np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2][:k].T\n"
            "    return (unseen - unseen.mean(axis=0)) @ axes",
            "not that of `unseen`",
        ),
        ("def kept(known, unseen, k): return unseen[:, :k]", "principal components"),
        (
            "def kept(known, unseen, k):\n"
            "    axes = np.linalg.eigh(np.cov(known.T))[1][:, :k]\n"
            "    return (unseen - known.mean(axis=0)) @ axes",
            "varies most",
        ),
    ],
    2: [
        ("def share_of_false(image_says, audio_says, trusted): return np.mean(image_says != audio_says)", "true pairs"),
        (
            "def share_of_false(image_says, audio_says, trusted):\n"
            "    return max(0.0, trusted - np.mean(image_says == audio_says))",
            "by chance",
        ),
        (
            "def share_of_false(image_says, audio_says, trusted):\n"
            "    agree = np.mean(image_says == audio_says)\n"
            "    return np.clip((trusted - agree) / (trusted - 0.1), 0, 1)",
            "one tenth",
        ),
        ("def share_of_false(image_says, audio_says, trusted): return 36", "not per cent"),
    ],
    3: [
        ("methods = 'We trained both methods on AV-MNIST and took the best.'", "how many components"),
        (
            "methods = 'Images keep 4 principal components, sounds noise at -5 dB, split by take and speaker.'",
            "fitted on",
        ),
        (
            "methods = 'Images keep 4 principal components, fitted on train. Noise at -5 dB. Split by take and by "
            "speaker. The rate was chosen on val. Three seeds. 2000 test pairs. 95% intervals over seeds.'",
            "clips",
        ),
        (
            "methods = 'We trained on images of 4 principal components. Noise at -5 dB. Split by take and by speaker.'",
            "fitted on",
        ),
        (
            "methods = 'Images keep 4 principal components, fitted on train. Noise at -5 dB. Test: clips by take 0 "
            "to 4, or a speaker. The rate was chosen on val. Six random seeds. 95% intervals over speakers.'",
            "how many clips",
        ),
        (
            "methods = 'Images keep 4 principal components, fitted on the training images. Noise at -5 dB. Split by "
            "take, and by speaker. The rate was chosen on val; three seeds. By take 2000 test pairs rest on 200 clips; "
            "95% intervals over pairs.'",
            "what the interval is over",
        ),
        ("methods = 4", "one text"),
    ],
}
