"""The table: every fusion layer of the package, its oracle and its number of weights in closed form."""

from itertools import combinations
from math import prod

import mmcourse.layers as mml
from tests.layers import oracles
from tests.layers.contract import Entry


def _sum_count(per, projected=True, bias=False):
    def count(widths, units):
        m, units = len(widths), units if projected else widths[0]
        alpha = {"modality": m, "feature": m * units, "sample": m + m * sum(widths)}[per]
        return alpha + projected * sum(widths) * units + bias * units

    return count


def _multiplicative_count(form, sizes=(2,)):
    one = {
        "matrix": lambda ds, k: prod(ds) * k,
        "vector": lambda ds, k: sum(ds) * k,
        "scalar": lambda ds, k: sum(ds[:-1]) + ds[-1] * k,
    }[form]
    return lambda ds, k: sum(ds) * k + k + sum(one(g, k) for size in sizes for g in combinations(ds, size))


def _block(k):
    return 4 * k * k + (2 * k * k + 2 * k) + (2 * k * k + k) + 4 * k


def _heads(units):
    return 2 if units % 2 == 0 else 1


def _free_sum(units, **kwargs):
    """A sum without projection keeps the width of its inputs, whatever units the harness asks for."""
    return mml.WeightedSum(**kwargs)


ENTRIES = {
    "ConcatFusion": Entry(lambda units, **kw: mml.ConcatFusion(**kw), oracles.concat, lambda ds, k: 0),
    "ConcatFusion(layer)": Entry(
        lambda units, **kw: mml.ConcatFusion("layer", **kw), oracles.concat, lambda ds, k: 2 * sum(ds)
    ),
    "WeightedSum(modality)": Entry(mml.WeightedSum, oracles.alpha_sum, _sum_count("modality")),
    "WeightedSum(feature)": Entry(
        lambda units, **kw: mml.WeightedSum(units, "feature", **kw), oracles.alpha_sum, _sum_count("feature")
    ),
    "WeightedSum(sample)": Entry(
        lambda units, **kw: mml.WeightedSum(units, "sample", **kw), oracles.alpha_sum, _sum_count("sample")
    ),
    "WeightedSum(sample, free)": Entry(
        lambda units, **kw: mml.WeightedSum(units, "sample", None, **kw), oracles.alpha_sum, _sum_count("sample")
    ),
    "WeightedSum(free, unprojected)": Entry(
        lambda units, **kw: _free_sum(units, per="feature", normalize=None, **kw),
        oracles.alpha_sum,
        _sum_count("feature", projected=False),
        equal=True,
    ),
    "WeightedSum(unprojected)": Entry(
        _free_sum,
        oracles.alpha_sum,
        _sum_count("modality", projected=False),
        equal=True,
        variance=lambda m: (0.9 / m, 1.1 / m),  # a mean of M independent features; see the docstring
    ),
    "NonlinearFusion": Entry(mml.NonlinearFusion, oracles.nonlinear, _sum_count("modality", bias=True)),
    "NonlinearFusion(sample)": Entry(
        lambda units, **kw: mml.NonlinearFusion(units, per="sample", **kw),
        oracles.nonlinear,
        _sum_count("sample", bias=True),
    ),
    "GatedFusion": Entry(mml.GatedFusion, oracles.gated, lambda ds, k: sum(ds) * k * (1 + len(ds))),
    "GatedFusion(two)": Entry(
        mml.GatedFusion, oracles.gated, lambda ds, k: sum(ds) * k * 2, counts=(1, 2), start_counts=(2,)
    ),
    "FiLM": Entry(
        lambda units, **kw: mml.FiLM(**kw),
        oracles.film,
        lambda ds, k: 2 * ds[0] * (sum(ds[1:]) + 1),
        counts=(2, 3),
    ),
    "FiLM(image)": Entry(
        lambda units, **kw: mml.FiLM(**kw),
        oracles.film,
        lambda ds, k: 2 * ds[0] * (sum(ds[1:]) + 1),
        counts=(2, 3),
        step_ranks=(4, 2, 2, 2),
    ),
    "SqueezeExciteFusion": Entry(
        mml.SqueezeExciteFusion,
        oracles.squeeze_excite,
        lambda ds, k: 2 * sum(ds) * k + k + sum(ds),
        step_ranks=(4, 3, 2, 3),
    ),
    "MultiplicativeFusion(matrix)": Entry(
        mml.MultiplicativeFusion, oracles.multiplicative, _multiplicative_count("matrix"), start_units=8
    ),
    "MultiplicativeFusion(vector)": Entry(
        lambda units, **kw: mml.MultiplicativeFusion(units, "vector", **kw),
        oracles.multiplicative,
        _multiplicative_count("vector"),
    ),
    "MultiplicativeFusion(scalar)": Entry(
        lambda units, **kw: mml.MultiplicativeFusion(units, "scalar", **kw),
        oracles.multiplicative,
        _multiplicative_count("scalar"),
    ),
    "MultiplicativeFusion(triples)": Entry(
        lambda units, **kw: mml.MultiplicativeFusion(units, triples=True, **kw),
        oracles.multiplicative,
        _multiplicative_count("matrix", (2, 3)),
        counts=(2, 3),
        start_counts=(2,),
        start_units=8,
    ),
    "MultiplicativeFusion(vector triples)": Entry(
        lambda units, **kw: mml.MultiplicativeFusion(units, "vector", triples=True, **kw),
        oracles.multiplicative,
        _multiplicative_count("vector", (2, 3)),
    ),
    "MultiplicativeFusion(scalar triples)": Entry(
        lambda units, **kw: mml.MultiplicativeFusion(units, "scalar", triples=True, **kw),
        oracles.multiplicative,
        _multiplicative_count("scalar", (2, 3)),
        counts=(3,),
    ),
    "MaxFusion": Entry(mml.MaxFusion, oracles.largest, lambda ds, k: sum(ds) * k),
    "ProductFusion": Entry(mml.ProductFusion, oracles.element_product, lambda ds, k: sum(ds) * k),
    "TensorFusion": Entry(lambda units, **kw: mml.TensorFusion(**kw), oracles.tensor, lambda ds, k: 0, start_units=8),
    "TensorFusion(units)": Entry(
        mml.TensorFusion, oracles.tensor, lambda ds, k: k * prod(d + 1 for d in ds), start_units=8
    ),
    "LowRankFusion": Entry(
        lambda units, **kw: mml.LowRankFusion(units, 3, **kw),
        oracles.low_rank,
        lambda ds, k: 3 * k * (sum(ds) + len(ds)) + 3 + k,
    ),
    "FactorizedBilinear": Entry(
        lambda units, **kw: mml.FactorizedBilinear(units, 3, **kw),
        oracles.factorized,
        lambda ds, k: 3 * k * sum(ds),
        tolerance=2e-5,
        half=0.05,  # a root near zero
    ),
    "CompactBilinear": Entry(
        lambda units, **kw: mml.CompactBilinear(units, seed=5, **kw),
        oracles.compact,
        lambda ds, k: 2 * sum(ds),
    ),
    "CrossModalAttention": Entry(
        lambda units, **kw: mml.CrossModalAttention(units, _heads(units), **kw),
        oracles.cross_attention,
        lambda ds, k: 3 * sum(ds) * k + len(ds) * k * k + 2 * k,
        tokens=True,
    ),
    "CrossModalAttention(two)": Entry(
        mml.CrossModalAttention,
        oracles.cross_attention,
        lambda ds, k: 3 * sum(ds) * k + len(ds) * k * k + 2 * k,
        tokens=True,
        counts=(1, 2),
        start_counts=(2,),
    ),
    "BottleneckFusion": Entry(
        lambda units, **kw: mml.BottleneckFusion(units, tokens=2, heads=_heads(units), **kw),
        oracles.bottleneck,
        lambda ds, k: sum(ds) * k + 2 * k + 2 * len(ds) * _block(k) + 2 * k,
        tokens=True,
        start_units=16,
    ),
    "LatentFusion": Entry(
        lambda units, **kw: mml.LatentFusion(units, latents=3, heads=_heads(units), **kw),
        oracles.latent,
        lambda ds, k: (sum(ds) + 3 + len(ds)) * k + 2 * _block(k) + 2 * k,
        tokens=True,
        start_units=16,
    ),
    "TokenFusion": Entry(
        lambda units, **kw: mml.TokenFusion(units, layers=2, heads=_heads(units), **kw),
        oracles.token_fusion,
        lambda ds, k: (sum(ds) + len(ds)) * k + 2 * _block(k) + 2 * k,
        tokens=True,
        start_units=16,
    ),
    "ModalityDropout": Entry(
        lambda units, **kw: mml.ModalityDropout(0.5, **kw),
        oracles.modality_dropout,
        lambda ds, k: 0,
    ),
    "Embrace": Entry(
        mml.Embrace,
        oracles.embrace,
        lambda ds, k: (sum(ds) + len(ds)) * k,
        start_kwargs=(("training", True),),
    ),
    "Embrace(p)": Entry(
        lambda units, **kw: mml.Embrace(units, [0.2, 0.5, 0.3], **kw),
        oracles.embrace,
        lambda ds, k: (sum(ds) + len(ds)) * k,
        counts=(3,),
        start_counts=(3,),
        start_kwargs=(("training", True),),
    ),
    "AverageFusion(probabilities)": Entry(
        lambda units, **kw: mml.AverageFusion(**kw), oracles.average, lambda ds, k: 0, classes=4
    ),
    "AverageFusion(logits)": Entry(
        lambda units, **kw: mml.AverageFusion("logits", **kw), oracles.geometric, lambda ds, k: 0, classes=4
    ),
    "WeightedVote": Entry(lambda units, **kw: mml.WeightedVote(**kw), oracles.vote, lambda ds, k: len(ds), classes=4),
    "ProductOfExperts": Entry(
        lambda units, **kw: mml.ProductOfExperts(**kw), oracles.product_of_experts, lambda ds, k: 0, classes=4
    ),
    "MixtureOfExperts": Entry(
        lambda units, **kw: mml.MixtureOfExperts(**kw),
        oracles.mixture_of_experts,
        lambda ds, k: len(ds) * (sum(ds) + 1),
        classes=4,
    ),
    "StackedFusion": Entry(
        mml.StackedFusion, oracles.stacked, lambda ds, k: k * sum(ds) + k + k * ds[0] + ds[0], classes=4
    ),
    # one logit of two classes; a gate and a stack see the probabilities of both
    "AverageFusion(one logit)": Entry(
        lambda units, **kw: mml.AverageFusion(**kw), oracles.average, lambda ds, k: 0, classes=1
    ),
    "AverageFusion(logits, one logit)": Entry(
        lambda units, **kw: mml.AverageFusion("logits", **kw), oracles.geometric, lambda ds, k: 0, classes=1
    ),
    "WeightedVote(one logit)": Entry(
        lambda units, **kw: mml.WeightedVote(**kw), oracles.vote, lambda ds, k: len(ds), classes=1
    ),
    "ProductOfExperts(one logit)": Entry(
        lambda units, **kw: mml.ProductOfExperts([0.7, 0.3], **kw),
        oracles.product_of_experts,
        lambda ds, k: 0,
        classes=1,
    ),
    "MixtureOfExperts(one logit)": Entry(
        lambda units, **kw: mml.MixtureOfExperts(**kw),
        oracles.mixture_of_experts,
        lambda ds, k: len(ds) * (2 * len(ds) + 1),
        classes=1,
    ),
    "StackedFusion(one logit)": Entry(
        mml.StackedFusion, oracles.stacked, lambda ds, k: 2 * len(ds) * k + k + 2 * k + 2, classes=1
    ),
    "GaussianExperts": Entry(
        lambda units, **kw: mml.GaussianExperts(**kw),
        oracles.gaussian,
        lambda ds, k: 0,
        equal=True,
        narrowest=2,
        variance=lambda m: (0.3, 3.0),
    ),
    "GaussianExperts(no prior)": Entry(
        lambda units, **kw: mml.GaussianExperts(None, **kw),
        oracles.gaussian,
        lambda ds, k: 0,
        equal=True,
        narrowest=2,
        variance=lambda m: (0.3, 3.0),
    ),
}
