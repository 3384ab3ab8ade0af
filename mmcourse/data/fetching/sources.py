"""Where the real sets come from: files, sizes, checksums, licences. What `mmcourse data` lists."""

from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """One file to download: size in bytes and SHA-256 as TensorFlow Datasets records them."""

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The last part of the address; GitHub's archives carry the project's name, as TensorFlow Datasets expects."""
        return self.url.rsplit("/", 1)[-1].replace("v1.0.9", "free-spoken-digit-dataset-1.0.9")


@dataclass(frozen=True)
class Source:
    """A set of the course: its licence, files for each set of TensorFlow Datasets, and a set to use meanwhile."""

    title: str
    licence: str
    files: dict[str, tuple[File, ...]]
    meanwhile: str = ""

    @property
    def size(self) -> int:
        """Bytes to download; 0 for embedded sets."""
        return sum(file.size for files in self.files.values() for file in files)


_MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_PETS = "https://thor.robots.ox.ac.uk/~vgg/data/pets/"

SOURCES = {
    "digits": Source("handwritten and spoken digits", "CC BY 4.0 (images), CC0 (speech)", {}),
    "emoji": Source(
        "drawings by two artists with their names in two languages",
        "Apache-2.0 (Noto), CC BY 4.0 (Twemoji), Unicode-3.0 (names)",
        {},
    ),
    "scenes": Source("pictures, captions and tones with known ceilings", "MIT, made by the seed", {}),
    "find": Source("four objects, one of which a sentence asks for", "MIT, made by the seed", {}),
    "motion": Source("films in which only motion tells the direction", "MIT, made by the seed", {}),
    "sentences": Source("sentences in which the order of the words tells the label", "MIT, made by the seed", {}),
    "moods": Source("words, voice and face of what somebody means, or does not", "MIT, made by the seed", {}),
    "av_mnist": Source(
        "MNIST images with real spoken digits",
        "CC BY-SA 3.0 (MNIST), CC BY-SA 4.0 (Free Spoken Digit Dataset)",
        {
            "mnist": (
                File(
                    _MNIST + "train-images-idx3-ubyte.gz",
                    9912422,
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                ),
                File(
                    _MNIST + "train-labels-idx1-ubyte.gz",
                    28881,
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                ),
                File(
                    _MNIST + "t10k-images-idx3-ubyte.gz",
                    1648877,
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                ),
                File(
                    _MNIST + "t10k-labels-idx1-ubyte.gz",
                    4542,
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                ),
            ),
            "spoken_digit": (
                File(
                    "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/v1.0.9.tar.gz",
                    11975353,
                    "8bc44cde129d505cbbb6b365c09f80c663f2aa77578afc634e6141a2f87100c0",
                ),
            ),
        },
        meanwhile="digits",
    ),
    "captioned_cifar10": Source(
        "small photographs with captions that never name the class",
        "no licence stated by the authors (Krizhevsky 2009); captions MIT",
        {
            "cifar10": (
                File(
                    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                    170052171,
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                ),
            )
        },
        meanwhile="scenes",
    ),
    "pets": Source(
        "cats and dogs of 37 breeds with outlines",
        "CC BY-SA 4.0 (Oxford-IIIT Pet)",
        {
            "oxford_iiit_pet": (
                File(
                    _PETS + "images.tar.gz",
                    791918971,
                    "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
                ),
                File(
                    _PETS + "annotations.tar.gz",
                    19173078,
                    "52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
                ),
            )
        },
        meanwhile="scenes",
    ),
}
