/** Cases of the ONNX project that we answer differently on purpose. */
export const deviations: Readonly<Record<string, string>> = {
  "node/test_cast_FLOAT_to_BFLOAT16": "values keep their float32 digits",
  "node/test_castlike_FLOAT_to_BFLOAT16": "values keep their float32 digits",
  "node/test_castlike_FLOAT_to_BFLOAT16_expanded": "values keep their float32 digits",
  "node/test_celu_bfloat16_expanded": "values keep their float32 digits",
  "node/test_resize_downsample_scales_linear_align_corners": "corners are those of the whole-numbered output, as in onnxruntime",
  "node/test_resize_downsample_scales_cubic_align_corners": "corners are those of the whole-numbered output, as in onnxruntime",
};
