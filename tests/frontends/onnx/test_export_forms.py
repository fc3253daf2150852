#!/usr/bin/env python3
"""The tables of export_forms.c and export_types.c against the history of the schemas in onnx.

Each operator, attribute, input and element type that came after opset 13 must stand there with the opset it came with.
exit 77 (skipped) without `onnx`
"""
import json
import os
import re
import subprocess
import sys

try:
    from onnx import defs
except ImportError:
    sys.exit(77)

SARD = os.environ.get("SARD", "sard")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "frontends", "onnx")
OLDEST = 13
# Forms that are turned back in code.
TURNED_BACK = {("Split", "num_outputs")}
# Types by the names that onnx gives them.
TYPES = {"float": "F32", "double": "F64", "float16": "F16", "bfloat16": "BF16", "bool": "BOOL", "string": "STRING", "int8": "I8", "int16": "I16",
         "int32": "I32", "int64": "I64", "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64", "float8e4m3fn": "F8E4M3FN", "float8e4m3fnuz": "F8E4M3FNUZ",
         "float8e5m2": "F8E5M2", "float8e5m2fnuz": "F8E5M2FNUZ", "float8e8m0": "F8E8M0", "float4e2m1": "F4E2M1", "uint4": "U4",
         "int4": "I4", "uint2": "U2", "int2": "I2"}
SETS = {"SARD_SET_SIGNED": ["I8", "I16", "I32", "I64"], "SARD_SET_UNSIGNED": ["U8", "U16", "U32", "U64"],
        "SARD_SET_FLOAT8": ["F8E4M3FN", "F8E4M3FNUZ", "F8E5M2", "F8E5M2FNUZ"], "SARD_SET_SMALL_INTEGER": ["U4", "I4", "U2", "I2"]}


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
        return f.read()


def form_rows():
    """{(op, part or None): since}"""
    return {(op, None if part == "NULL" else part.strip('"')): int(since)
            for op, part, since in re.findall(r'\{"(\w+)", (NULL|"\w+"), (\d+)\}', read("export_forms.c"))}


def type_rows():
    """{(op, type): since}"""
    rows = {}
    text = read("export_types.c").replace("\\\n", "\n")
    for macro, ops in re.findall(r'#define (\w+)\s*((?:"[^"]*"\s*)+)', text):
        text = text.replace(f"{macro}}}", f"{ops}}}")
    for since, types, ops in re.findall(r'\{(\d+),\s*([^"]+),\s*((?:"[^"]*"\s*)+)\}', text):
        names = re.findall(r"SARD_SET\((\w+)\)", types)
        for name, members in SETS.items():
            names += members if name in types else []
        for op in "".join(re.findall(r'"([^"]*)"', ops)).split():
            for name in names:
                rows[op, name] = min(int(since), rows.get((op, name), 99))
    return rows


def histories():
    run = subprocess.run([SARD, "ops", "--json"], capture_output=True, text=True, check=True)
    ours = {op["name"] for op in json.loads(run.stdout)["operators"] if op["domain"] in ("", "ai.onnx")}
    versions = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "" and schema.name in ours:
            versions.setdefault(schema.name, []).append(schema)
    return {name: sorted(list_, key=lambda s: s.since_version) for name, list_ in versions.items()}


def types_of(schema):
    return {TYPES[t[7:-1]] for port in [*schema.inputs, *schema.outputs] for t in port.types if t[7:-1] in TYPES}


def parts_of(schema):
    return set(schema.attributes) | {port.name for port in schema.inputs}


def first_with(versions, has):
    """The opset from which on all versions have it; of an input renamed since, the version with its last name does not count."""
    since = None
    for schema in reversed(versions):
        if not has(schema):
            break
        since = schema.since_version
    return since


def check_op(name, versions, forms, types):
    newest, first = versions[-1], versions[0].since_version
    whole = forms.get((name, None), 0)
    if first > OLDEST and whole < first:
        yield f"{name}: came with {first}, is not listed"
    for part in sorted(parts_of(newest)):
        since = first_with(versions, lambda s: part in parts_of(s))
        count = len(newest.inputs)
        renamed = part not in newest.attributes and any(s.since_version < since and len(s.inputs) == count for s in versions)
        turned = (name, part) in TURNED_BACK or (name.startswith("Reduce") and part in ("axes", "noop_with_empty_axes"))
        if since > max(OLDEST, whole, first) and not renamed and not turned and forms.get((name, part)) != since:
            yield f"{name}: {part} came with {since}, listed is {forms.get((name, part))}"
    for kind in sorted(types_of(newest)):
        since = first_with(versions, lambda s: kind in types_of(s))
        if since > max(OLDEST, whole, first) and types.get((name, kind)) != since:
            yield f"{name}: {kind} came with {since}, listed is {types.get((name, kind))}"


def main():
    forms, types = form_rows(), type_rows()
    if len(forms) < 40 or len(types) < 60:
        sys.exit(f"the tables were not understood: {len(forms)} and {len(types)} rows")
    wrong = [line for name, versions in sorted(histories().items()) for line in check_op(name, versions, forms, types)]
    print("\n".join(wrong) or "all listed")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
