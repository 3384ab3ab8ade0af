# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 03 · Audio: from pressure to picture
#
# After this lesson you can turn a sound into a picture that a network reads, and say what that picture forgets.
#
# **You will learn** to
# - *hear* and *see* the same clip as a waveform and as a spectrogram,
# - *build* a log-mel spectrogram from its four steps: frames, Fourier transform, mel bands, logarithm,
# - *train* a small CNN on it and compare it with two linear models,
# - *break* it with noise it was not trained on, and see why a little noise is enough.
#
# **Before you start**: [00 · start here](00_start_here.ipynb). The CNN is that of [01 · images](01_images.ipynb).
#
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.

# %%
import mmcourse as mm

lesson = mm.lesson("03")

from dataclasses import replace

import keras
import numpy as np
from keras import ops
from scipy.signal import get_window, hilbert

lesson

# %% [markdown]
# ## See: one clip, twice
# Sound is air pressure that changes with time. A microphone measures it many times a second, here 8000 times: the
# *sampling rate* is 8 kHz. A clip of the set `digits` is an array of 5120 such numbers, 0.64 seconds of a spoken digit.
# The voices are synthetic, made by a speech program; the data card says what that means for what we may claim.
#
# Loudness is told in *decibels* (dB): ten of them are a factor of ten in power. In noise, the *signal-to-noise ratio*
# (SNR) compares the two powers: at 0 dB noise and speech are equally strong, at −2 dB the noise is a little stronger.
# Here it is taken over the whole clip, silence included; the set's own noise, further down, is set against the spoken
# part alone, and so is stronger at the same number.

# %%
clean = mm.load("digits", clean=True).with_only("audio")
row = 3
wave = clean.test.x["audio"][row]  # x, (5120,)
noisy = clean.with_noise("audio", -2).test.x["audio"][row]
word = clean.classes[clean.test.y[row]]
mm.plots.sounds("The same clip, clean and in noise", {f"'{word}', clean": wave, f"'{word}', SNR −2 dB": noisy})

# %% [markdown]
# Play both. The upper row is the *waveform*: amplitude over time. It shows where there is sound, but not which. The
# lower row is a *spectrogram*: time to the right, pitch upwards, loudness as brightness. A vowel is a few bright
# bands, one above the other; a hiss, as in s or th, is a cloud. In noise the waveform still shows where the voice is,
# but no more, while the spectrogram still shows its strongest bands.
#
# ## Build: four steps to a log-mel spectrogram
# **Step 1: frames.** A sound of speech lasts about a tenth of a second. We cut the wave into short overlapping pieces,
# *frames*, one every 160 samples: at 8 kHz that is every 20 milliseconds, so that each sound gets a few. Half a frame
# is added at either end, mirrored, so that frame $t$ is centred on sample $160\,t$.

# %%
padded = np.pad(wave, 256, mode="reflect")
frames = ops.extract_sequences(padded, sequence_length=512, sequence_stride=160)[:32]
frames.shape

# %% [markdown]
# **Step 2: Fourier transform.** A frame is a mixture of tones. The Fourier transform tells how strong each tone is:
#
# $$ X_t(k) = \sum_{n} w(n)\, x_t(n)\, e^{-2\pi i k n / 512}, \qquad P_t(k) = |X_t(k)|^2 . $$
#
# $P_t(k)$ is the power at the frequency $k \cdot 8000 / 512$ Hz. $w$ is a *window*, here Hann's: it fades each frame in
# and out, because a hard cut would sound like a click and add tones that are not there. It is 400 samples wide, 50
# milliseconds: a shorter one could not tell neighbouring tones apart (2 / 0.05 s = 40 Hz is about the least distance),
# a longer one would smear two sounds into one. 512 is the next power of two, for which the transform is fast;
# the window is zero where it sticks out.

# %%
window = np.pad(get_window("hann", 400), 56).astype("float32")  # w, zeros up to 512
real, imaginary = ops.rfft(frames * window)
power = real**2 + imaginary**2  # P, (frames, frequencies)
power.shape

# %% [markdown]
# **Step 3: mel bands.** We tell low tones apart by their difference and high ones by their ratio. The *mel* scale bends
# the frequency axis that way, $m(f) = 1127 \ln(1 + f/700)$: nearly even below 700 Hz, nearly logarithmic above. We
# cover it with 24 overlapping triangles of equal width *in mel* and add up the power under each. So 257 frequencies
# become 24 bands, narrow for low tones and wide for high ones. They end at 4000 Hz, *half* the sampling rate: an array
# of samples cannot hold higher tones. Choose their number on val (more bands tell closer tones apart) and, for sounds
# that are no voices, the scale.


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


frequencies = np.arange(257) * 8000 / 512  # Hz
filters = triangles(24, frequencies, low=50, high=4000)
widths = [float(np.ptp(frequencies[band > 0])) for band in filters.T]
title = "Mel bands are narrow for low tones and wide for high ones"
mm.plots.curves(title, range(24), {"from first to last frequency": widths}, "mel band", "width (Hz)")

# %% [markdown]
# **Step 4: logarithm.** A voice twice as loud is not twice as different. Loudness too is heard in ratios, so we take
# decibels, $10 \log_{10} P$, with a floor that keeps silence from going to minus infinity. The floor suits waves
# between −1 and 1: divide 16-bit integers by 32768.

# %%
band_power = power @ filters  # (frames, bands)
log_mel = 10 * ops.log10(ops.maximum(band_power, 1e-5))  # dB; never below −50
log_mel.shape

# %% [markdown]
# ## Check: it equals the layer
# `LogMel` is the package's version, built on Keras's own `MelSpectrogram`. It has bands first and frames second. The
# largest difference, in decibels:

# %%
layer = mm.layers.LogMel()
difference = float(ops.max(ops.abs(layer(wave[None])[0] - ops.transpose(log_mel))))
difference

# %% [markdown]
# ### What the picture keeps, and what it forgets
# 5120 numbers became 768. What is gone? We change the clip and look at how far its picture moves: the mean difference
# in decibels. `hilbert` turns the *phase* of every tone by a quarter of its period, so that each tone is as strong as
# before and begins at another moment.

# %%
changes = {
    "every phase turned": hilbert(wave).imag.astype("float32"),
    "5 ms later": np.roll(wave, 40),
    "20 ms later": np.roll(wave, 160),
    "half as loud": wave / 2,
    "in noise at 20 dB": clean.with_noise("audio", 20).test.x["audio"][row],
}


def moved(changed):
    """How far the picture of a changed clip is from that of the clip: dB, mean over bands and frames."""
    return float(ops.mean(ops.abs(layer(changed[None]) - layer(wave[None]))))


distance = {name: moved(changed) for name, changed in changes.items()}
overlap = {name: float(np.corrcoef(wave, changed)[0, 1]) for name, changed in changes.items()}
rows = [[name, f"{distance[name]:.1f} dB", f"{overlap[name]:.2f}"] for name in changes]
lesson.table(["change", "picture moves by", "correlation of the waves"], rows)

# %% [markdown]
# Turning the phases makes another waveform (its correlation with the old one is nothing) and hardly another picture.
# That is a blessing: a microphone at another distance turns phases too, and we do not hear it. (Half as loud is 6 dB
# less wherever there is sound; the silence stays at its floor, which makes the mean smaller.) Also gone, by the way
# the picture is built, are the detail *within* a band, such as two close tones, and the exact moment *within* a frame.
# What stays is how strong which band is, every 20 milliseconds. Keep the last line in mind: noise that is a hundred
# times weaker than the clip moves the picture most.
#
# The time axis has one column for 160 *samples*. It is 20 milliseconds only at 8 kHz: a clip recorded at 16 kHz and
# read as 8 kHz is twice as long and an octave too low. Resample first. And a longer clip is a wider picture: the CNN
# here needs one width, so cut clips or pad them with silence to one length.
#
# ### Inside `AudioEncoder`
# The encoder of sound in this course is `LogMel`, then each picture brought to mean 0 and variance 1, which takes the
# loudness out (where it is the message, keep it as one more feature), then the residual CNN of lesson 01. We put the
# three together, give both the same weights, and compare.


# %%
def picture(waves):
    """Waveforms (N, T) to log-mel pictures (N, 24, T // 160, 1), each with mean 0 and variance 1, as NumPy."""
    found = ops.convert_to_numpy(layer(waves))[..., None]
    mean, variance = (f(found, axis=(1, 2), keepdims=True) for f in (np.mean, np.var))
    return (found - mean) / np.sqrt(variance + 1e-3)


encoder, cnn_alone = mm.layers.AudioEncoder(64), mm.layers.ImageEncoder(64)
features = encoder(wave[None])
cnn_alone(picture(wave[None]))  # now it has its weights, and can be given the encoder's
cnn_alone.set_weights(encoder.get_weights())
same = float(ops.max(ops.abs(cnn_alone(picture(wave[None])) - features)))
same

# %% [markdown]
# So we may compute the pictures once and train on pictures; that is faster, for nothing in the four steps is learned.
# This is what will be trained:

# %%
drawn = mm.FeatureFusion({"audio": cnn_alone}, mm.layers.ConcatFusion(), head=keras.layers.Dense(10))
drawn({"audio": picture(wave[None])})
mm.plots.diagram(drawn, "A CNN on the picture, and a linear head with ten answers")

# %% [markdown]
# ## Measure: what the picture is worth
# Three models read the same noisy clips and train equally long: a **linear model on the waveform**, with a weight for
# each of the 5120 samples and each digit; a **linear model on the picture**, with one for each of its 768 numbers and
# each digit; and a **CNN on the picture**.

# %%
waveform = lesson.method("waveform", "linear on the waveform", modality="audio")
linear = lesson.method("linear", "linear on log-mel", modality="audio")
cnn = lesson.method("cnn", "CNN on log-mel", modality="audio")
CLIPS = 512


def spoken(seed, **options):
    """The spoken digits with the voices as groups, so that an interval is about new voices."""
    data = mm.load("digits", seed=seed, **options).with_only("audio").subset(CLIPS, seed=seed)
    return data.map_splits(lambda split: replace(split, group=split.targets["voice"]))


def train(reader, data, seed):
    """A model that reads clips or pictures, with a linear head."""

    def make():
        return mm.FeatureFusion({"audio": reader()}, mm.layers.ConcatFusion(), head=keras.layers.Dense(10))

    return mm.training.train(make, data, seed=seed, epochs=12, batch_size=32)


waves = {seed: spoken(seed) for seed in lesson.seeds}
pictures = {seed: waves[seed].map({"audio": picture}) for seed in lesson.seeds}
{name: spec.shape for name, spec in pictures[lesson.seeds[0]].modalities.items()}

# %%
kinds = {
    waveform: (keras.layers.Identity, waves),
    linear: (keras.layers.Flatten, pictures),
    cnn: (mm.layers.ImageEncoder, pictures),
}
models = {}


def measure(seed):
    """Test accuracy of the three; the models are kept."""
    right = {}
    for method, (reader, sets) in kinds.items():
        with lesson.timed(method):
            models[method, seed] = train(reader, sets[seed], seed)
        right[method] = mm.evaluation.accuracy(models[method, seed], sets[seed]).value
    return right


scores = lesson.over_seeds(measure, "three models")
mm.plots.scores("At −2 dB the picture makes the difference, then the CNN", scores, clean.baseline())

# %% [markdown]
# On the waveform a linear model is near the dashed line of the majority class, and no wonder: the same word starts at
# a random moment and its waves rise and fall differently each time, so no single sample means anything. The same kind
# of model on the picture does far better, with *fewer* weights. A good representation can be worth more than a good
# model. The CNN adds the last part: its kernels find their patterns in every place. (The dense layer behind them still
# reads fixed places, as in lesson 01: words that start later in their clip than any in train may be lost.)
#
# How sure is its score? Clips of one voice succeed or fail together, so what counts is the number of *voices*, the
# groups in brackets. (They are a few timbres, in two accents each, so that even this range is somewhat too narrow.)

# %%
first = lesson.seeds[0]
mm.evaluation.accuracy(models[cnn, first], pictures[first])

# %% [markdown]
# No voice of test is in train, and that matters when the voices are people: shuffle all clips and cut, as is often
# done for spoken digits, and every voice is on both sides; the score then speaks of people whom the model knows. Our
# set cannot show what that is worth, for all its voices are one speech program behind different filters. A score on
# these synthetic voices says little about people. Exercise 3 splits by voice.
#
# ## Break: noise it was not trained on
# How does a CNN that learned from clean speech do when a little noise comes in? At 60 dB nobody hears the noise; call
# it clean. We test at four ratios, and compare with the CNN above, trained at −2 dB, and with one trained on a
# *mixture*: each training clip at one of the four ratios, drawn at random.

# %%
LEVELS = [-2, 10, 20, 60]


def mixture(sets, seed):
    """A set whose training clips are taken from all the sets, each from one at random."""
    stacked = np.stack([data.train.x["audio"] for data in sets])
    which = np.random.default_rng(seed).integers(len(sets), size=CLIPS)
    return replace(sets[0], train=replace(sets[0].train, x={"audio": stacked[which, np.arange(CLIPS)]}))


def over_noise(seed):
    """Test accuracy at every ratio of three CNNs: trained on clean clips, at −2 dB, and on a mixture."""
    sets = [spoken(seed, audio_snr_db=level).map({"audio": picture}) for level in LEVELS]
    trained = {"on clean clips": train(mm.layers.ImageEncoder, sets[-1], seed), "at −2 dB": models[cnn, seed]}
    trained["on a mixture"] = train(mm.layers.ImageEncoder, mixture(sets, seed), seed)
    tested, right = dict(zip(LEVELS, sets, strict=True)), mm.evaluation.accuracy
    return {(name, level): right(model, tested[level]).value for name, model in trained.items() for level in LEVELS}


noise = lesson.over_seeds(over_noise, "noise")
trainings = dict.fromkeys(name for name, _ in noise)
lines = {f"trained {name}": [noise[name, level] for level in LEVELS] for name in trainings}
title = "A CNN of one noise level is lost far from it; the mixture is good throughout"
mm.plots.curves(title, LEVELS, lines, "SNR of the test clips (dB)")

# %% [markdown]
# Look first at what happens from 60 to 20 dB (the band is one standard deviation over seeds). At 20 dB the noise has a
# hundredth of the power of the speech; we hear the digit as well as before, and the CNN of clean speech has lost a
# good part of its score. And the CNN trained in strong noise does *worse* on clips that are nearly clean, though they
# are easier for us. Why? Look at the pictures, before each is scaled:

# %%
shown = {f"SNR {level} dB": mm.load("digits", audio_snr_db=level).test.x["audio"][row] for level in (60, 20, -2)}
mm.plots.sounds("A little noise fills all the black of the picture", shown)

# %% [markdown]
# It is, most likely, the logarithm. In silence the picture is at its floor, and decibels count ratios: the step from
# nothing to a little is as large as that from a little to a lot. Most of the picture is no longer black, and a network
# that never saw colour there has learned nothing about it; and as each picture is scaled by its own mean and variance,
# the rest moves with it. (A higher floor hides weak noise, and weak speech too.) The mixture costs no more clips and no
# more time, and is nowhere lost, though a specialist may be better at home (that of clean speech is). Train on the
# conditions you will meet; a hum, or other voices, is another than this *white* noise, equally strong at all pitches.
#
# ## What we saw

# %%
for method, found in scores.items():
    lesson.record(method, found, models[method, first], waves[first])
drop = noise["on clean clips", 60] - noise["on clean clips", 20]
lesson.findings(
    f"Linear on the waveform {scores[waveform].mean:.3f}, on log-mel {scores[linear].mean:.3f}, CNN "
    f"**{scores[cnn].mean:.3f}**; majority {clean.baseline():.3f}.",
    f"Turning all phases moves the picture by {distance['every phase turned']:.1f} dB, a little noise by "
    f"{distance['in noise at 20 dB']:.0f} dB.",
    f"Trained on clean speech, the CNN loses **{100 * drop.mean:.0f} points** from 60 to 20 dB. On clean clips, that "
    f"trained at −2 dB has {noise['at −2 dB', 60].mean:.3f}, that trained on a mixture "
    f"{noise['on a mixture', 60].mean:.3f}.",
)

# %% tags=["scoreboard"]
lesson.scoreboard()

# %% tags=["check"]
lesson.claim("the four steps by hand equal the layer, in dB", difference, below=1e-2)
lesson.claim("AudioEncoder is LogMel, a scaling and ImageEncoder", same, below=1e-3)
lesson.claim("turned phases make another waveform", abs(overlap["every phase turned"]), below=0.02)
lesson.claim("and hardly another picture, in dB", distance["every phase turned"], below=1.0)
lesson.claim("a little noise moves the picture most", max(distance, key=distance.get), equal="in noise at 20 dB")
few, many = (models[method, first].count_params() for method in (linear, waveform))
lesson.claim("the model on the picture has fewer weights", few < many, equal=True)
lesson.claim("on the waveform it is near the majority class", scores[waveform] - clean.baseline(), below=0.07)
lesson.claim("the picture is worth many points", scores[linear] - scores[waveform], above=0.2)
lesson.claim("the CNN adds some more", scores[cnn] - scores[linear], above=0.03)
lesson.claim("a little noise costs the CNN of clean speech a good part", drop, above=0.08)
worse = noise["at −2 dB", -2] - noise["at −2 dB", 60]
lesson.claim("the CNN trained in noise is worse on clean clips", worse, above=0.05)
at_home = noise["on clean clips", 60] - noise["on a mixture", 60]
lesson.claim("on clean clips the CNN of clean speech stays ahead of the mixture", at_home, above=0.02)
for name, level in (("on clean clips", -2), ("on clean clips", 20), ("at −2 dB", 60), ("at −2 dB", 20)):
    ahead = noise["on a mixture", level] - noise[name, level]
    lesson.claim(f"at {level} dB the mixture is ahead of training {name}", ahead, above=0.01)
lesson.claims()

# %% [markdown]
# ## In your own notebook
# Clips and labels as two arrays; pictures by Keras's own layer; a small CNN.

# %% tags=["own"]
import keras
import numpy as np

rng = np.random.default_rng(0)
labels = rng.integers(0, 2, 96)
tones = np.sin(2 * np.pi * np.outer(300 + 300 * labels, np.arange(4000) / 8000))  # 300 or 600 Hz: your clips here
clips = (tones + rng.normal(size=tones.shape)).astype("float32")
mel = keras.layers.MelSpectrogram(512, 160, 400, sampling_rate=8000, num_mel_bins=24, power_to_db=False, mag_exp=2.0)
pictures = 10 * np.log10(np.maximum(keras.ops.convert_to_numpy(mel(clips)), 1e-5))[..., None]
pictures = (pictures - pictures[:64].mean()) / pictures[:64].std()  # fitted on train only
layers = [keras.layers.Conv2D(8, 3, strides=2, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(2)]
model = keras.Sequential(layers)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(pictures[:64], labels[:64], epochs=5, verbose=0)
float(np.mean(np.argmax(model(pictures[64:]), axis=1) == labels[64:]))

# %% [markdown]
# ## Exercises
# ### Exercise 1 · How many frames? (5 minutes)
# Without any padding, how many whole frames of `length` samples fit into `samples` samples, one every `stride` samples?
# Write `count_frames(samples, length, stride)`. A clip shorter than a frame has none.


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
# Write `snr_db(clean, noisy)`: the signal-to-noise ratio in decibels,
# $10 \log_{10}(P_\text{signal} / P_\text{noise})$, where $P$ is the mean square of an array and the noise is what
# `noisy` has and `clean` has not. (The other way round, noise of mean square $P_\text{signal} / 10^{\text{SNR}/10}$
# gives the ratio you want.)


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
# Write `split_by_voice(voices, share, seed)`: `voices` is an array with the voice of each clip. Return a bool array,
# True for the clips that go to test: about `share` of the *voices*, drawn by the seed, with all their clips.


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
# - S. S. Stevens and others, *A scale for the measurement of the psychological magnitude pitch*, 1937: the mel.
# - S. Davis, P. Mermelstein, *Comparison of parametric representations for monosyllabic word recognition*, 1980.
# - S. Hershey et al., *CNN architectures for large-scale audio classification*, 2017: the same with millions of clips.
# - Z. Jackson et al., *Free Spoken Digit Dataset*: real voices; its own split has every speaker on both sides.
