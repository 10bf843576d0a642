"""Writes blocks.gguf and blocks.expected.safetensors: random blocks of every quantised kind that Clarion reads, and
what the reference dequantisation of the `gguf` package (0.19.0) makes of them. Needs gguf, numpy and safetensors."""

import numpy as np
from gguf import GGMLQuantizationType as Kind, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize
from safetensors.numpy import save_file

ROWS, COLUMNS = 3, 512
# Where each kind keeps half floats, as byte offsets within a block.
HALVES = {Kind.Q4_0: [0], Kind.Q4_1: [0, 2], Kind.Q5_0: [0], Kind.Q5_1: [0, 2], Kind.Q8_0: [0], Kind.Q4_K: [0, 2],
          Kind.Q5_K: [0, 2], Kind.Q6_K: [208]}

random = np.random.default_rng(20240611)
writer = GGUFWriter("blocks.gguf", "none")
expected = {}
for kind, halves in HALVES.items():
    elements, size = GGML_QUANT_SIZES[kind]
    # Every bit pattern of the integers is valid; only the scales must be finite.
    blocks = random.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    for at in halves:
        values = random.normal(0, 0.05, len(blocks)).astype(np.float16)
        blocks[:, at:at + 2] = values.view(np.uint8).reshape(-1, 2)
    data = blocks.reshape(ROWS, -1)
    writer.add_tensor(kind.name, data, raw_dtype=kind)
    expected[kind.name] = dequantize(data, kind).astype(np.float32)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
save_file(expected, "blocks.expected.safetensors")
