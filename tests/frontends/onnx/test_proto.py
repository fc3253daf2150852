#!/usr/bin/env python3
"""onnx.proto against the descriptor in the PyPI `onnx`: every message, enum, field name, number, type and label, both ways.

usage: test_proto.py [onnx.proto]      exit 77 (skipped) without `onnx` or protoc-c
"""
import os
import re
import subprocess
import sys
import tempfile

try:
    from google.protobuf import descriptor_pb2
    from onnx import onnx_ml_pb2
except ImportError:
    sys.exit(77)

PROTO = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..", "..", "frontends", "onnx", "onnx.proto")


def ours():
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "set")
        try:
            subprocess.run(["protoc-c", f"--proto_path={os.path.dirname(os.path.abspath(PROTO))}", f"--descriptor_set_out={out}",
                            os.path.abspath(PROTO)], check=True)
        except FileNotFoundError:
            sys.exit(77)
        with open(out, "rb") as f:
            return descriptor_pb2.FileDescriptorSet.FromString(f.read()).file[0]


def theirs():
    file = descriptor_pb2.FileDescriptorProto()
    onnx_ml_pb2.DESCRIPTOR.CopyToProto(file)
    return file


def enum_facts(enum, path):
    return {f"{path}{enum.name}.{v.name}": v.number for v in enum.value}


def message_facts(message, path):
    path += message.name + "."
    facts = {path: "message"}
    for field in message.field:
        oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
        kind = re.sub(r"^\.(sard\.)?onnx\.", "", field.type_name)
        facts[path + field.name] = (field.number, field.label, field.type, kind, field.options.packed, oneof)
    for enum in message.enum_type:
        facts |= enum_facts(enum, path)
    for nested in message.nested_type:
        facts |= message_facts(nested, path)
    for r in message.reserved_range:
        facts |= {f"{path}reserved {n}": True for n in range(r.start, r.end)}
    return facts | {f"{path}reserved {name}": True for name in message.reserved_name}


def facts(file):
    found = {}
    for enum in file.enum_type:
        found |= enum_facts(enum, "")
    for message in file.message_type:
        found |= message_facts(message, "")
    return found


def main():
    mine, reference = facts(ours()), facts(theirs())
    wrong = sorted(k for k in mine.keys() | reference.keys() if mine.get(k) != reference.get(k))
    for k in wrong:
        print(f"{k}: ours {mine.get(k)}, onnx {reference.get(k)}")
    print(f"{len(reference)} facts, {len(wrong)} differ")
    return bool(wrong) or len(reference) < 200


if __name__ == "__main__":
    sys.exit(main())
