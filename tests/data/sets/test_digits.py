"""The digits: real, paired by label, honest about who is in which split, and as hard as their card says."""

import hashlib

import numpy as np
import pytest

import mmcourse as mm
from mmcourse.data.audio import log_mel, mu_law_decode, mu_law_encode
from mmcourse.data.sets import digits as module
from mmcourse.data.splits import SPLITS
from mmcourse.files import course_file

BANK = course_file("data", module.BANK)


def digest(data: mm.Multimodal) -> str:
    h = hashlib.sha256()
    for name in SPLITS:
        for array in (*data.split(name).x.values(), data.split(name).y):
            h.update(np.ascontiguousarray(array).tobytes())
    return h.hexdigest()


def test_same_seed_same_bytes_other_seed_other_bytes(digits):
    assert digest(digits) == digest(mm.load("digits"))
    assert digest(digits) != digest(mm.load("digits", seed=1))


def test_mu_law_is_the_textbook_formula_and_nearly_inverts():
    wave = np.linspace(-1, 1, 2001)
    codes = mu_law_encode(wave)
    formula = np.sign(wave) * np.log(1 + 255 * np.abs(wave)) / np.log(256)
    assert np.array_equal(codes, np.round((formula + 1) * 127.5).astype(np.uint8))
    # the widest step of the code is at full loudness: 255/2 · ln(256) · (2/255) / 255 = 0.022, half of it each way
    assert np.abs(mu_law_decode(codes) - wave).max() < 0.5 * 2 / 255 * np.log(256) * 1.02
    assert np.abs(mu_law_decode(codes) - wave)[np.abs(wave) < 0.01].max() < 0.001


def test_bank_is_what_the_card_says():
    bank = module.read_bank(BANK)
    assert BANK.stat().st_size < 6e6
    assert module.BANK_SHA256 in course_file("data", "digits.md").read_text(encoding="utf-8")
    assert len(bank.label) == 2000 and len(bank.voice_name) == 50
    assert len({name.split("+")[0] for name in bank.voice_name}) == 8
    assert np.array_equal(np.bincount(bank.label), [200] * 10)
    assert np.diff(bank.offset).max() <= module.SAMPLES and np.diff(bank.offset).min() > 800


def test_no_two_clips_are_the_same():
    bank = module.read_bank(BANK)
    assert len({bank.wave[a:b].tobytes() for a, b in zip(bank.offset, bank.offset[1:], strict=False)}) == 2000


def test_no_timbre_and_no_writer_in_two_splits(digits):
    bank = module.read_bank(BANK)
    timbres = [{bank.voice_name[v].split("+")[1] for v in np.unique(bank.voice[bank.split == i])} for i in range(3)]
    assert not timbres[0] & timbres[1] and not timbres[0] & timbres[2] and not timbres[1] & timbres[2]
    sheets = [set(digits.split(name).group) for name in SPLITS]
    assert [len(s) for s in sheets] == [8, 2, 4] and len(set.union(*sheets)) == 14


def test_the_target_voice_is_who_speaks(digits):
    bank = module.read_bank(BANK)
    for index, name in enumerate(SPLITS):
        split = digits.split(name)
        clips = module._pair(split.y, bank, index, np.random.default_rng([0, index]))
        assert split.targets["voice"].dtype == np.int64
        assert np.array_equal(split.targets["voice"], bank.voice[clips])


def test_every_sheet_begins_with_the_digits_in_order(digits):
    labels = np.concatenate([digits.split(name).y for name in SPLITS])
    for first in module.SHEETS:  # one sheet lacks its first digits, and another some later ones
        assert np.mean(labels[first : first + 10] == np.arange(10)) == 1 or first in (905, 1545)


def test_images_and_clips_are_used_at_most_once_and_fit_their_label():
    clean = mm.load("digits", clean=True)
    images = np.concatenate([clean.split(name).x["image"] for name in SPLITS])
    assert len(images) == 1797
    bank = module.read_bank(BANK)
    for index, name in enumerate(SPLITS):
        split = clean.split(name)
        clips = module._pair(split.y, bank, index, np.random.default_rng([0, index]))
        assert len(set(clips)) == len(clips)
        assert np.array_equal(bank.label[clips], split.y) and set(bank.split[clips]) == {index}


def test_the_image_is_degraded_as_asked():
    clean, hidden = mm.load("digits", clean=True), mm.load("digits", image_noise=0)
    changed = (clean.test.x["image"] != hidden.test.x["image"]).squeeze(-1)
    assert changed.sum((1, 2)).max() <= module.HIDDEN_SIDE**2 and changed.any((1, 2)).mean() > 0.95
    assert (hidden.test.x["image"][..., 0][changed] == 0).all()
    noise = mm.load("digits", image_noise=0.2).test.x["image"] - hidden.test.x["image"]
    middle = (hidden.test.x["image"] > 0.4) & (hidden.test.x["image"] < 0.6)  # hardly ever clipped
    assert noise[middle].std() == pytest.approx(0.2, rel=0.05)


def test_the_sound_has_the_signal_to_noise_ratio_asked_for():
    snr = 12.0
    options = {"image_noise": 0.0, "seed": 4}
    noisy = mm.load("digits", audio_snr_db=snr, **options).train.x["audio"]
    nearly_clean = mm.load("digits", audio_snr_db=120, **options).train.x["audio"]  # the same onsets
    unscaled = (np.abs(noisy).max(1) < 1) & (np.abs(nearly_clean).max(1) < 1)
    assert unscaled.mean() > 0.5
    noise = (noisy - nearly_clean)[unscaled]
    assert 20 * np.log10(module.SPEECH_RMS / noise.std()) == pytest.approx(snr, abs=0.1)
    spoken = nearly_clean[unscaled]
    length = np.array([np.ptp(np.flatnonzero(np.abs(w) > 1e-3)) + 1 for w in spoken])
    assert np.sqrt((spoken**2).sum(1) / length).mean() == pytest.approx(module.SPEECH_RMS, rel=0.1)


def test_clean_means_clean():
    assert digest(mm.load("digits", clean=True, audio_snr_db=-9, image_noise=1)) == digest(
        mm.load("digits", clean=True)
    )


@pytest.mark.parametrize("options", [{"image_noise": -1}, {"image_noise": np.nan}, {"audio_snr_db": np.inf}])
def test_impossible_noise_is_refused(options):
    with pytest.raises(ValueError, match="image_noise must be 0 or more"):
        mm.load("digits", **options)


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "text"])
def test_a_damaged_bank_is_one_clear_error(tmp_path, damage):
    path = tmp_path / "spoken_digits.npz"
    content = bytearray(BANK.read_bytes())
    if damage == "truncated":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[1000] ^= 1
    elif damage == "text":
        content = b"not an archive"
    if damage != "missing":
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"speech bank.*git checkout -- data/spoken_digits\.npz"):
        module.read_bank(path)
    assert list(tmp_path.iterdir()) == ([path] if damage != "missing" else [])


def test_the_view_in_figures_is_the_one_the_encoder_sees(digits):
    waves = digits.test.x["audio"][:3]
    assert np.allclose(log_mel(waves), mm.layers.LogMel()(waves), atol=1e-4)
    assert log_mel(waves).shape == (3, 24, 32)
