# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the damaged .safetensors files beside this file, each wrong in the one way that its name says. Needs Python alone."""
import json
import struct
from pathlib import Path

HERE = Path(__file__).parent


def write(name, header, data=b"", length=None):
    """A file with this header (an object, or raw bytes) and data; `length` is what it says of its header."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    (HERE / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(raw) if length is None else length) + raw + data)


def tensor(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


good = {"w": tensor([2], 0, 8)}
(HERE / "empty.safetensors").write_bytes(b"")
(HERE / "length_cut_off.safetensors").write_bytes(b"\x40\x00\x00")
write("header_cut_off", json.dumps(good).encode()[:20], length=len(json.dumps(good)))
write("header_length_beyond_file", good, bytes(8), length=1 << 63)
write("header_not_json", b"{'w': 1}", bytes(8))
write("header_is_a_list", [1, 2], bytes(8))
write("header_not_utf8", b'{"w\xff": 1}', bytes(8))
write("tensor_is_a_number", {"w": 7}, bytes(8))
write("dtype_missing", {"w": {"shape": [2], "data_offsets": [0, 8]}}, bytes(8))
write("dtype_unknown", {"w": tensor([8], 0, 8, "F8_E4M3")}, bytes(8))
write("offsets_overlap", {"v": tensor([2], 0, 8), "w": tensor([2], 4, 12)}, bytes(12))
write("offsets_leave_a_gap", {"v": tensor([2], 0, 8), "w": tensor([2], 12, 20)}, bytes(20))
write("offsets_beyond_file", {"w": tensor([4], 0, 16)}, bytes(8))
write("offsets_reversed", {"w": tensor([2], 8, 0)}, bytes(8))
write("offsets_negative", {"w": tensor([2], -8, 0)}, bytes(8))
write("offsets_of_three_numbers", {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4, 8]}}, bytes(8))
write("shape_of_other_bytes", {"w": tensor([3], 0, 8)}, bytes(8))
write("shape_negative", {"w": tensor([-2], 0, 8)}, bytes(8))
write("shape_fractional", {"w": tensor([2.0], 0, 8)}, bytes(8))
write("shape_huge", {"w": tensor([1 << 61], 0, 8)}, bytes(8))
write("shape_product_overflows", {"w": tensor([1 << 33, 1 << 31], 0, 0)})
write("shape_huge_and_empty", {"w": tensor([0, (1 << 64) - 1], 0, 0)})
write("shape_large_and_empty", {"w": tensor([0, 1 << 40, 1 << 40], 0, 0)})
write("data_cut_off", good, bytes(5))
write("data_left_over", good, bytes(11))
