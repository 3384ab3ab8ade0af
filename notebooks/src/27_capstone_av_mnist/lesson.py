# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 27 · Capstone: AV-MNIST, or what a benchmark number is made of
# After this lesson you can run a small study from a plan to a report, and read the numbers of others with their recipe.
# **You will learn** to *plan* a comparison before you open the data, and *prove* that you kept to it; to *follow* data
# through its steps by their hashes; to *measure* two methods on two splits, with an interval; to *reproduce* three
# published numbers that contradict each other; to *write* the paragraph on methods that others need.
# **Before you start**: [03](03_audio.ipynb) on log-mel pictures, [08](08_multiplying_modalities.ipynb) on products,
# [13](13_early_late_or_hybrid.ipynb) on intervals and fair comparisons.
# **Time**: READING_TIME of reading, EXERCISE_TIME of exercises. The notebook runs in RUN_TIME on 2 CPU cores.
#
# AV-MNIST pairs images of handwritten digits with sounds of spoken ones; both are damaged, so that each knows a part.
# It is in many papers, and yet there is no one AV-MNIST. Of the same benchmark, readers report for images alone
# [about 53% where the paper has 74](https://github.com/jperezrua/mfas/issues/13), and
# [65% where it has 75](https://github.com/jperezrua/mfas/issues/17). Nobody need have made a mistake. We shall see.

# %%
import mmcourse as mm

lesson = mm.lesson("27")

import hashlib
import json

import keras
import numpy as np
from keras import layers
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from mmcourse.data.sets.av_mnist import split_clips
from mmcourse.data.sets.av_sources import read
from mmcourse.evaluation import compare, matched_width, report, statistics

lesson

# %% [markdown]
# ## The plan comes first
# Whoever looks at results and then decides what to compare will find something. So everything that could be turned
# until it pleases is fixed here, before a sample is seen: how hard the data is, how it is split, which two methods, how
# they are chosen, and *what will count as an answer*. Two splits are planned because we cannot know which one others
# used: **by take** (each speaker said each digit many times; some of the times are kept for test) and **by speaker**
# (each speaker is left out once; val is the next one).

# %%
plan = {
    "question": "are products of features (low rank) right more often than features side by side?",
    "data": {"components": 4, "audio_snr_db": -5.0, "train": 2000, "val": 500, "test": 2000},
    "components": "fitted on the images of train only, the mean restored",
    "splits": ["by take", "by speaker: each left out once, val is the next by alphabet"],
    "methods": ["image", "audio", "side by side", "product"],
    "size": "both fused methods have as many parameters, within 5%",
    "budget": {"epochs": 10, "batch_size": 128, "learning_rates": [0.003, 0.01]},
    "choice": "the learning rate, by val, for each method on each split; test is looked at once",
    "difference": "product minus side by side, same test samples, 95% over seeds and clips (by speaker: speakers)",
    "answer": "yes or no only if both intervals lie on the same side of zero; else: not shown",
}


def digest(contents):
    """The SHA-256 of a plan: 64 signs that change wherever a sign of it does."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


digest(plan)[:16]
