"""VGG16 and ResNet50 with weights from a file, where Keras keeps them: what a reader has who fetched them once."""

import h5py
import keras
import numpy as np
import pytest

from mmcourse import pretrained
from mmcourse.data.fetching import fetch
from mmcourse.pretrained import images


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_weights_from_keras_own_cache_without_a_network(name, tmp_path, monkeypatch):
    from keras.src.applications import vgg16
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    known = images.KNOWN[name]
    keras.utils.set_random_seed(5)
    made = getattr(keras.applications, known.model)(include_top=False, weights=None, pooling="avg")
    path = tmp_path / "models" / known.file.split("/")[-1]
    path.parent.mkdir()
    with h5py.File(path, "w") as file:  # the format of the files that Keras fetches
        save_weights_to_hdf5_group(file, made)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(vgg16.file_utils.config, "keras_home", lambda: str(tmp_path))  # read at import
    monkeypatch.setattr(vgg16.file_utils, "validate_file", lambda *_, **__: True)  # it is not the file of ImageNet
    monkeypatch.setattr(fetch.urllib.request, "urlopen", None)  # calling it would raise

    layer = pretrained.image(name, size=32)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), np.uint8)
    prepare = getattr(keras.applications, known.module).preprocess_input
    expected = np.asarray(made(prepare(pixels.astype("float32")), training=False))
    assert np.abs(expected).max() > 0 and not layer.trainable_variables
    np.testing.assert_allclose(layer(pixels), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
