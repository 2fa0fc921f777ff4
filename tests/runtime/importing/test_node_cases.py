"""Some of ONNX's own node cases: what each is in a net, proved equal by onnxruntime.

`bench/import_cases.py` tries all of them.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import pytest

from ...places import ROOT

sys.path.insert(0, str(ROOT / "bench"))

import import_cases

BECOMES = {
    "test_argmax_keepdims_random": "ArgMax(axis=1)",
    "test_argmin_no_keepdims_example_select_last_index": "onnx.ArgMin(",
    "test_attention_4d_causal": "onnx.Attention(",
    "test_averagepool_2d_pads_count_include_pad": "count_include_pad=true",
    "test_batchnorm_example": "BatchNormalization",
    "test_basic_conv_with_padding": "padding=same",
    "test_castlike_FLOAT_to_DOUBLE": "Cast(float64)",
    "test_center_crop_pad_crop": "onnx.CenterCropPad(",
    "test_clip_default_min": "ReLU",
    "test_concat_2d_axis_0": "Concatenate(axis=0)",
    "test_convtranspose": "Conv2DTranspose(",
    "test_convtranspose_pad": "output_padding=[1, 1]",
    "test_depthtospace_example": "DepthToSpace(2)",
    "test_depthtospace_crd_mode_example": 'mode="CRD"',
    "test_div_bcast": "x / scale",
    "test_dropout_default": "return x",
    "test_elu": "ELU(alpha=2",
    "test_expand_dim_changed": "zeros(",
    "test_gather_0": "Gather(0)",
    "test_gather_elements_1": "onnx.GatherElements(",
    "test_gemm_transposeB": "Dense(",
    "test_group_normalization_example": "GroupNormalization(groups=2",
    "test_hardsigmoid_example": "Clip(0, 1)",
    "test_instancenorm_example": "GroupNormalization(groups=-1",
    "test_layer_normalization_2d_axis1": "outputs=3",
    "test_leakyrelu": "LeakyReLU(negative_slope=0.1)",
    "test_lrn": "LRN(",
    "test_lstm_with_initial_bias": "LSTM(",
    "test_max_example": "Maximum",
    "test_maxpool_2d_ceil": "ceil_mode=true",
    "test_maxpool_with_argmax_2d_precomputed_pads": "outputs=2",
    "test_mean_example": "Average",
    "test_mod_mixed_sign_float32": "onnx.Mod(",
    "test_neg": "-x",
    "test_onehot_with_axis": "onnx.OneHot(",
    "test_prelu_broadcast": "PReLU",
    "test_reduce_l2_keep_dims_random": "Square",
    "test_reduce_log_sum_asc_axes": "Log",
    "test_resize_upsample_scales_nearest": "UpSampling2D([2, 3])",
    "test_resize_downsample_scales_cubic": 'mode="cubic"',
    "test_resize_tf_crop_and_resize": "roi=[",
    "test_rms_normalization_4d_axis3": "RMSNormalization",
    "test_rnn_seq_length": "SimpleRNN(5)",
    "test_scatter_elements_with_axis": "onnx.ScatterElements(",
    "test_shrink_soft": "SoftShrink(",
    "test_slice_neg": "x[:, :-1]",
    "test_softmax_axis_0": "Softmax(axis=0)",
    "test_spacetodepth_example": "SpaceToDepth(2)",
    "test_split_variable_parts_2d_opset18": "input[:, :2]",
    "test_sum_two_inputs": "data_0 + [",
    "test_thresholdedrelu": "Threshold(2",
    "test_top_k": "TopK(3)",
    "test_transpose_default": "onnx.Transpose(",
    "test_unsqueeze_axis_1": "x[:, none]",
}
"""Cases, and what stands in the text of each."""

REFUSED = {
    "test_cast_FLOAT_to_FLOAT8E5M2": "is not the number of a dtype",
    "test_compress_0": "ONNX cannot tell the size of axis 0",
    "test_if": "decided by the tensor `cond`; a net has no such branches",
    "test_nonmaxsuppression_single_box": "ONNX cannot tell the size of axis 0",
    "test_scan9_sum": "has `Scan`, a graph that is run several times, which a net has not",
    "test_shape": "depends on no input",
    "test_swiglu": "exists from opset",
}


@cache
def cases() -> dict[str, Any]:
    """ONNX's node cases by name."""
    return {case.name: case for case in import_cases.cases()}


@pytest.mark.parametrize("name", BECOMES)
def test_a_case_becomes(name: str) -> None:
    made, why = import_cases.tried(cases()[name])
    assert made is not None, why
    assert BECOMES[name] in made.text, made.text


@pytest.mark.parametrize("name", REFUSED)
def test_a_case_is_refused(name: str) -> None:
    made, why = import_cases.tried(cases()[name])
    assert made is None
    assert REFUSED[name] in why
    assert "\n" not in why
