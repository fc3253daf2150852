#!/usr/bin/env python3
"""Operators against the schemas of the PyPI `onnx`: ports, which of them share a type, element types, attributes, defaults.

usage: test_schemas.py [operator ...]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import json
import os
import subprocess
import sys

try:
    import onnx
    from onnx import defs
except ImportError:
    sys.exit(77)

# Element types that sard knows by name only.
REFUSED = {"complex64", "complex128", "float6e2m3", "float6e3m2"}
FLOAT8 = {"float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz"}
NAMES = {"float": "float32", "double": "float64"}

# Types left out on purpose: nothing can be meant by them, or the official cases want the rounding of each step of one implementation.
LEFT_OUT = {"Col2Im": {"bool", "string"}, "QLinearMatMul": FLOAT8}

def ours():
    sard = os.environ.get("SARD")
    if not sard or not os.path.exists(sard):
        sys.exit(77)
    out = subprocess.run([sard, "ops", "--json"], check=True, capture_output=True, text=True).stdout
    return [op for op in json.loads(out)["operators"] if op["domain"] in ("ai.onnx", "ai.onnx.ml")]


def element_types(strings):
    """tensor(float) -> float32, seq(...) -> sequence, optional(...) -> optional; refused types are left out."""
    found = {s[len("tensor("):-1] for s in strings if s.startswith("tensor(")}
    lists = {name for start, name in (("seq(tensor(", "sequence"), ("optional(", "optional")) if any(s.startswith(start) for s in strings)}
    return ({NAMES.get(t, t) for t in found} | lists) - REFUSED


def schema_ports(schema, ports):
    sets = {t.type_param_str: element_types(t.allowed_type_strs) for t in schema.type_constraints}
    rows = []
    for p in ports:
        types = sets.get(p.type_str, element_types([p.type_str]))
        option = p.option.name
        optional = option == "Optional" or (option == "Variadic" and not p.min_arity)
        rows.append({"name": p.name, "letter": p.type_str, "types": types, "optional": optional,
                     "variadic": option == "Variadic", "mixed": option == "Variadic" and not p.is_homogeneous})
    return rows


def sard_ports(ports):
    return [{"name": p["name"], "letter": p["type"], "types": set(p["dtypes"]), "optional": p.get("optional", False),
             "variadic": p.get("variadic", False), "mixed": p.get("mixed", False)} for p in ports]


def compare_ports(kind, have, want, senseless, say):
    if [p["name"] for p in have] != [p["name"] for p in want]:
        say(kind, f"are {[p['name'] for p in have]}, must be {[p['name'] for p in want]}")
        return
    for h, w in zip(have, want):
        for flag in ("optional", "variadic", "mixed"):
            if h[flag] != w[flag]:
                say(f"{kind} {h['name']}", f"{flag} is {h[flag]}")
        if h["types"] - w["types"]:
            say(f"{kind} {h['name']}", f"takes {sorted(h['types'] - w['types'])}, which ONNX does not")
        if w["types"] - h["types"] - senseless:
            say(f"{kind} {h['name']}", f"lacks {sorted(w['types'] - h['types'] - senseless)}")


def compare_letters(have, want, say):
    """Ports share a letter where the schema's share a type variable. A type that is fixed needs no letter."""
    for i, (a, x) in enumerate(zip(have, want)):
        for b, y in list(zip(have, want))[i + 1:]:
            if x["letter"].startswith("tensor(") or y["letter"].startswith("tensor("):
                continue
            if (a["letter"] == b["letter"]) != (x["letter"] == y["letter"]) and len(x["types"] | y["types"]) > 1:
                say(f"ports {a['name']} and {b['name']}", "share a type" if a["letter"] == b["letter"] else "share no type")


def same(a, b):
    """Floats are float32, printed with fewer digits than a double has."""
    return abs(a - b) <= 1e-9 * abs(b) if isinstance(a, (int, float)) and isinstance(b, float) else a == b


def default_of(attribute):
    value = onnx.helper.get_attribute_value(attribute.default_value) if attribute.default_value.type else None
    return value.decode() if isinstance(value, bytes) else value


def compare_attrs(op, schema, say):
    have = {a["name"]: a for a in op["attributes"]}
    for name in sorted(set(have) ^ set(schema.attributes)):
        say(f"attribute {name}", "does not exist in ONNX" if name in have else "is missing")
    for name in sorted(set(have) & set(schema.attributes)):
        h, w = have[name], schema.attributes[name]
        kind = w.type.name.lower().replace("type_proto", "int")  # a type is a number of sard's
        if h["kind"] != kind:
            say(f"attribute {name}", f"is of kind {h['kind']}, must be {kind}")
        if h.get("required", False) != w.required:
            say(f"attribute {name}", f"required is {h.get('required', False)}")
        want = default_of(w)
        if want is not None and not isinstance(want, list) and not same(h.get("default"), want):
            say(f"attribute {name}", f"has default {h.get('default')!r}, must be {want!r}")


def compare(op):
    problems = []

    def say(what, text):
        problems.append(f"{op['name']}: {what} {text}")

    try:
        schema = defs.get_schema(op["name"], domain="" if op["domain"] == "ai.onnx" else op["domain"])
    except defs.SchemaError:
        return [f"{op['name']}: no such operator in ONNX"]
    if schema.deprecated:
        return []
    if op["since"] != schema.since_version:
        say("version", f"is {op['since']}, must be {schema.since_version}")
    ins, outs = sard_ports(op["inputs"]), sard_ports(op["outputs"])
    want_ins, want_outs = schema_ports(schema, schema.inputs), schema_ports(schema, schema.outputs)
    senseless = LEFT_OUT.get(op["name"], set())
    compare_ports("input", ins, want_ins, senseless, say)
    compare_ports("output", outs, want_outs, senseless, say)
    if len(ins) == len(want_ins) and len(outs) == len(want_outs):
        compare_letters(ins + outs, want_ins + want_outs, say)
    compare_attrs(op, schema, say)
    return problems


def main():
    ops = ours()
    wanted = set(sys.argv[1:])
    problems = [p for op in ops if not wanted or op["name"] in wanted for p in compare(op)]
    print("\n".join(problems) or f"{len(ops)} operators agree")
    sys.exit(1 if problems or len(ops) < 100 else 0)


if __name__ == "__main__":
    main()
