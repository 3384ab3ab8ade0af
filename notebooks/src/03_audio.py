# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 03 · Audio: from pressure to picture
#
# After this lesson you can turn a sound into a picture that a network can read, step by step, and you know two ways
# in which a good score for speech can fool you.
#
# **You will learn** to
# - *hear* and *see* the same clip as a waveform and as a spectrogram,
# - *build* a log-mel spectrogram from its four steps: frames, Fourier transform, mel bands, logarithm,
# - *train* a small CNN on it and compare it with two linear models,
# - *measure* what a leak of voices between train and test is worth,
# - *break* a model with noise it was not trained on.
#
# **Before you start**: [00 · start here](00_start_here.ipynb). The CNN itself is taken apart in [01 ·
# images](01_images.ipynb).
#
# **Time**: 25 minutes of reading, 25 minutes of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("03")

from dataclasses import replace

import keras
import numpy as np
from keras import ops
from scipy.signal import get_window

lesson

# %% [markdown]
# ## See: one clip, twice
#
# Sound is air pressure that changes with time. A microphone measures it many times a second, here 8000 times: the
# *sampling rate* is 8 kHz. A clip of the data set `digits` is an array of 5120 such numbers, 0.64 seconds of a
# spoken digit. The voices are synthetic, made by a speech program; the data card says what that means for what we
# may claim.

# %%
clean = mm.load("digits", clean=True)
noisy = mm.load("digits")  # the default: white noise 2 dB stronger than the speech
word = int(clean.test.y[3])
clips = {f"'{word}', clean": clean.test.x["audio"][3], f"'{word}', noisy": noisy.test.x["audio"][3]}
mm.plots.sounds("The same kind of clip, clean and in noise", clips)

# %% [markdown]
# Play both. The upper row is the *waveform*: amplitude over time. It shows where there is sound, but not which. The
# lower row is a *spectrogram*: time to the right, pitch upwards, loudness as brightness. Vowels are stacks of
# bright bands, an s is a cloud high up. In the noisy clip the waveform is hopeless, while the spectrogram still
# shows some of the bands. That picture is what we will build.
#
# ## Build: four steps to a log-mel spectrogram
#
# **Step 1: frames.** Speech changes its sound about ten times a second. So we cut the wave into short overlapping
# pieces, *frames*: 512 samples every 160, that is one every 20 milliseconds. Half a frame is added at either end,
# mirrored, so that frame $t$ is centred on sample $160\,t$.

# %%
wave = clean.test.x["audio"][3]  # x, (5120,)
padded = np.pad(wave, 256, mode="reflect")
frames = ops.extract_sequences(padded, sequence_length=512, sequence_stride=160)[:32]
frames.shape

# %% [markdown]
# **Step 2: Fourier transform.** A frame is a mixture of tones. The Fourier transform tells how strong each tone is:
#
# $$ X_t(k) = \sum_{n} w(n)\, x_t(n)\, e^{-2\pi i k n / 512}, \qquad P_t(k) = |X_t(k)|^2 . $$
#
# $w$ is a *window*, here Hann's, 400 samples wide: it fades each frame in and out, because a hard cut would sound
# like a click and add tones that are not there. $P_t(k)$ is the power at the frequency $k \cdot 8000 / 512$ Hz.

# %%
window = np.pad(get_window("hann", 400), 56).astype("float32")  # w, zeros up to 512
real, imaginary = ops.rfft(frames * window)
power = real**2 + imaginary**2  # P, (frames, frequencies)
power.shape

# %% [markdown]
# **Step 3: mel bands.** We hear ratios: from 200 to 400 Hz is as far as from 2000 to 4000. The *mel* scale bends
# the frequency axis that way, $m(f) = 1127 \ln(1 + f/700)$. We cover it with 24 overlapping triangles of equal
# width *in mel* and add up the power under each. So 257 frequencies become 24 bands, narrow for low tones and wide
# for high ones.


# %%
def mel(frequency):
    """Hertz to mel."""
    return 1127 * np.log(1 + frequency / 700)


def triangles(bands, frequencies, low, high):
    """The mel filters as a matrix (frequencies, bands): triangle b rises from edge b to b + 1 and falls to b + 2."""
    edges = np.linspace(mel(low), mel(high), bands + 2)
    width = edges[1] - edges[0]
    distance = np.abs(mel(frequencies)[:, None] - edges[1:-1])
    return np.maximum(0, 1 - distance / width).astype("float32")


# %%
frequencies = np.arange(257) * 8000 / 512  # Hz
filters = triangles(24, frequencies, low=50, high=4000)
band_power = power @ filters  # (frames, bands)
band_power.shape

# %%
few = {f"band {b}": filters[:, b] for b in (2, 8, 14, 20)}
mm.plots.curves(
    "Mel bands are narrow for low tones and wide for high ones", frequencies, few, "frequency (Hz)", "weight"
)

# %% [markdown]
# **Step 4: logarithm.** A voice twice as loud is not twice as different. Loudness too is heard in ratios, so we
# take decibels, $10 \log_{10} P$, with a floor that keeps silence from going to minus infinity.

# %%
log_mel = 10 * ops.log10(ops.maximum(band_power, 1e-5))  # dB
log_mel.shape

# %% [markdown]
# ## Check: it equals the layer
#
# `LogMel` is the package's version, built on Keras's own `MelSpectrogram`, and part of every `AudioEncoder`. It has
# bands first and frames second. The largest difference, in decibels:

# %%
layer = mm.layers.LogMel()
float(ops.max(ops.abs(layer(wave[None])[0] - ops.transpose(log_mel))))

# %% [markdown]
# Four steps, each a line or two of arithmetic. Nothing in them is learned.
#
# ## Measure: what the picture is worth
#
# Three models read the same noisy clips:
#
# - a **linear model on the waveform**: a weight for each of the 5120 samples and class;
# - a **linear model on the log-mel picture**, each picture brought to mean 0 and variance 1;
# - a **CNN on the log-mel picture**: the `AudioEncoder` of lessons 00 and 06, with a linear head.


# %%
def make_model(kind):
    """A classifier of clips; FeatureFusion with a single modality is just an encoder and a head."""
    scale = keras.layers.LayerNormalization(axis=(1, 2), center=False, scale=False)
    encoders = {
        "linear on the waveform": keras.layers.Identity(),
        "linear on log-mel": keras.Sequential([mm.layers.LogMel(), scale, keras.layers.Flatten()]),
        "CNN on log-mel": mm.layers.AudioEncoder(64),
    }
    return mm.FeatureFusion({"audio": encoders[kind]}, mm.layers.ConcatFusion(), head=keras.layers.Dense(10))


# %%
def train(kind, data, seed):
    """Build a model and fit it on train; everything random follows from the seed."""
    keras.utils.set_random_seed(seed)
    model = make_model(kind)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # jit_compile=False: on a CPU, compiling a small model takes longer than training it
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
    batches = data.tf_data("train", 64, shuffle_seed=seed)
    model.fit(batches, epochs=12, shuffle=False, verbose=0)  # False: the batches come shuffled
    return model


# %%
kinds = ["linear on the waveform", "linear on log-mel", "CNN on log-mel"]
models, scores = {}, {f"audio, {kind}": {} for kind in kinds}
sets = {seed: mm.load("digits", seed=seed).with_only("audio") for seed in lesson.seeds}
for seed in lesson.progress(lesson.seeds, "training"):
    for kind in kinds:
        with lesson.timed(f"audio, {kind}"):
            models[kind, seed] = train(kind, sets[seed], seed)
        scores[f"audio, {kind}"][seed] = mm.evaluation.accuracy(models[kind, seed], sets[seed]).value

# %%
first_seed = lesson.seeds[0]
bars = {name: list(values.values()) for name, values in scores.items()}
mm.plots.scores("The picture makes the difference, then the CNN", bars, noisy.baseline())

# %% [markdown]
# On the waveform a linear model is near the dashed line of the majority class, and no wonder: the same word starts
# at a random moment and its waves rise and fall differently each time, so no single sample means anything. The same
# kind of model on the log-mel picture does far better, with *fewer* weights. A good representation can be worth
# more than a good model. The CNN adds the last part: it finds a pattern wherever in the picture it is.
#
# How sure is the best score? With 510 test clips, in the groups of the four writers they are paired with:

# %%
mm.evaluation.accuracy(models["CNN on log-mel", first_seed], sets[first_seed])

# %% [markdown]
# Which words does it confuse? The test voices are all unknown to the model.

# %%
test = sets[first_seed].test
answers = models["CNN on log-mel", first_seed].predict(test.x, verbose=0).argmax(axis=-1)
mm.plots.confusion("What the CNN hears", test.y, answers, clean.classes, "audio")

# %% [markdown]
# ### A score that fools: voices in two splits
#
# In our splits no voice is in both train and test. Many published scores for spoken digits are not made that way:
# all clips are shuffled and then cut, so that every voice is on both sides. What is that worth? We put half of the
# test clips into train, in place of as many clips there, and test on the other half. So the test clips and the
# amount of training are the same for both models; but one of them has heard these voices before.


# %%
def meet_the_voices(data, seed):
    """Two sets with the same half of the test clips; in the second, train has clips of the test voices."""
    order = np.random.default_rng(seed).permutation(len(data.test))
    half = len(order) // 2
    known, asked = data.test.take(order[:half]), data.test.take(order[half:])
    x = np.concatenate([data.train.x["audio"][half:], known.x["audio"]])
    train = mm.Split({"audio": x}, np.concatenate([data.train.y[half:], known.y]))
    return replace(data, test=asked), replace(data, train=train, test=asked)


# %%
voices = {"audio, unknown voices": {}, "audio, voices met in training": {}}
for seed in lesson.progress(lesson.seeds, "leaky split"):
    unknown, met = meet_the_voices(sets[seed], seed)
    honest_model, leaky_model = models["CNN on log-mel", seed], train("CNN on log-mel", met, seed)
    voices["audio, unknown voices"][seed] = mm.evaluation.accuracy(honest_model, unknown).value
    voices["audio, voices met in training"][seed] = mm.evaluation.accuracy(leaky_model, met).value
bars = {name: list(values.values()) for name, values in voices.items()}
mm.plots.scores("The same CNN scores higher when it has met the test voices", bars, noisy.baseline())

# %% [markdown]
# Nothing about the model or the test has changed. The difference is what a leak of voices adds to a score, and what
# nobody gets who uses the model with new people. Real people differ more than our synthetic voices do.
#
# ## Break: noise it was not trained on
#
# Trained on clean speech, the CNN is excellent on clean speech. How does it do when noise comes in? We compare it
# with the CNN trained at −2 dB, on the same noisy test clips. SNR is the signal-to-noise ratio in decibels; at 0 dB
# the noise is as strong as the speech.

# %%
clean_model = train("CNN on log-mel", clean.with_only("audio"), first_seed)
noisy_model = models["CNN on log-mel", first_seed]
snrs = [20, 10, 4, -2, -8, -14]
tests = {snr: mm.load("digits", seed=first_seed, audio_snr_db=snr).with_only("audio") for snr in snrs}
lines = {
    "audio, trained on clean speech": [mm.evaluation.accuracy(clean_model, tests[snr]).value for snr in snrs],
    "audio, trained at −2 dB": [mm.evaluation.accuracy(noisy_model, tests[snr]).value for snr in snrs],
}
on_clean = mm.evaluation.accuracy(clean_model, clean.with_only("audio")).value
mm.plots.curves("Trained on clean speech, the CNN breaks in noise", snrs, lines, "SNR of the test sound (dB)")

# %% [markdown]
# The model of clean speech falls steeply: where the other one was trained, it does much worse. The model trained in
# noise has its own limit, because at −14 dB there is hardly anything left to hear. And it pays for its training: on
# nearly clean speech, at 20 dB, it is no better than at 4 dB, though the task has become easier. A model knows the
# conditions it was trained in. When they differ from yours, its published score says little.
#
# ## What we saw


# %%
def mean(values):
    """Mean over seeds."""
    return float(np.mean(list(values.values())))


honest = mean(scores["audio, CNN on log-mel"])
leak = mean(voices["audio, voices met in training"]) - mean(voices["audio, unknown voices"])
lesson.findings(
    f"Linear on the waveform {mean(scores['audio, linear on the waveform']):.3f}, linear on log-mel "
    f"{mean(scores['audio, linear on log-mel']):.3f}, CNN **{honest:.3f}**; majority {noisy.baseline():.3f}.",
    f"With the test voices also in train, the same CNN scores **{100 * leak:.0f} points** more on the same clips, "
    "points that it would not have with new voices.",
    f"Trained on clean speech: {on_clean:.3f} on clean test clips, {lines['audio, trained on clean speech'][3]:.3f} at "
    f"−2 dB, where the model trained in that noise has {lines['audio, trained at −2 dB'][3]:.3f}.",
)

# %%
for kind in kinds:
    lesson.record(
        f"audio, {kind}", "digits", scores[f"audio, {kind}"], baseline=noisy.baseline(), ceiling=None,
        parameters=models[kind, first_seed].count_params(), test_samples=len(noisy.test),
    )  # fmt: skip
lesson.course()

# %% tags=["check"]
# What the prose says, asserted: a lesson whose finding no longer holds fails the build.
waveform, picture = mean(scores["audio, linear on the waveform"]), mean(scores["audio, linear on log-mel"])
assert float(ops.max(ops.abs(layer(wave[None])[0] - ops.transpose(log_mel)))) < 1e-2, "by hand equals the layer"
assert waveform < noisy.baseline() + 0.06, "on the waveform a linear model is near the majority class"
assert picture > waveform + 0.1, "the log-mel picture does far better"
weights = [models[kind, first_seed].count_params() for kind in kinds]
assert weights[1] < weights[0], "with fewer weights"
assert honest > picture + 0.05, "the CNN adds the last part"
assert lesson.fast or leak > 0.01, "met voices score higher"  # one seed's difference has a spread of two points
assert on_clean > 0.85, "excellent on clean speech"
in_clean, in_noise = lines.values()
assert in_clean[3] < in_noise[3] - 0.15, "the model of clean speech breaks in noise"
assert in_noise[-1] < in_noise[3] - 0.2, "at −14 dB there is hardly anything left"
assert in_noise[0] < in_noise[2] + 0.05, "trained in noise, it is no better at 20 dB than at 4 dB"

# %% [markdown]
# ## Exercises
#
# ### Exercise 1 · How many frames? (5 minutes)
# Without any padding, how many whole frames of `length` samples fit into `samples` samples, one every `stride`
# samples? Write `count_frames(samples, length, stride)`. A clip shorter than a frame has none.


# %% tags=["exercise"]
# stub
def count_frames(samples, length, stride): ...  # your code here
# solution
def count_frames(samples, length, stride):
    return max(0, 1 + (samples - length) // stride)


# end
lesson.check(1, count_frames)  # stuck? lesson.hint(1)

# %% [markdown]
# ### Exercise 2 · The signal-to-noise ratio (10 minutes)
# Write `snr_db(clean, noisy)`: the signal-to-noise ratio in decibels, $10 \log_{10}(P_\text{signal} /
# P_\text{noise})$, where $P$ is the mean square of an array and the noise is what `noisy` has and `clean` has not.


# %% tags=["exercise"]
# stub
def snr_db(clean, noisy): ...  # your code here
# solution
def snr_db(clean, noisy):
    noise = noisy - clean
    return 10 * np.log10(np.mean(clean**2) / np.mean(noise**2))


# end
lesson.check(2, snr_db)

# %% [markdown]
# ### Exercise 3 · Split by voice (15 minutes)
# Write `split_by_voice(voices, share, seed)`: `voices` is an array with the voice of each clip. Return a bool
# array, True for the clips that go to test: about `share` of the *voices*, drawn at random by the seed, with all of
# their clips.


# %% tags=["exercise"]
# stub
def split_by_voice(voices, share, seed): ...  # your code here
# solution
def split_by_voice(voices, share, seed):
    names = np.random.default_rng(seed).permutation(np.unique(voices))
    return np.isin(voices, names[: round(share * len(names))])


# end
lesson.check(3, split_by_voice)

# %% [markdown]
# ## Further reading
# - S. S. Stevens, J. Volkmann, E. B. Newman, *A scale for the measurement of the psychological magnitude pitch*,
#   1937: where the mel comes from.
# - S. Davis, P. Mermelstein, *Comparison of parametric representations for monosyllabic word recognition*, 1980:
#   mel bands for recognising words, compared with the alternatives of the time.
# - S. Hershey et al., *CNN architectures for large-scale audio classification*, 2017: log-mel pictures and CNNs at
#   the scale of millions of clips.
# - Z. Jackson et al., *Free Spoken Digit Dataset*: real voices, and the usual random split to be careful with.
