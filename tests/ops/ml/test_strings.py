#!/usr/bin/env python3
"""Operators on strings against onnxruntime (whose expressions are RE2's) and Python: RegexFullMatch, StringNormalizer, TfIdfVectorizer, LabelEncoder."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from support import command, peer
from support.command import Refused, np, onnx
from onnx import TensorProto, helper, numpy_helper

if not peer.onnxruntime:
    command.skip("no onnxruntime")

STRINGS = ["", "abc", "a\nc", "123", "hello", "HELLO", "abccc", "cc", "foo", "foo bar", "foobar", "ab", "abab", "xx", "xxx", "qr", "a.b", "éé", "àéü", "A",
           "A😀", "me@x.de", "a]", "aaa", "É", "éx", "b", "a", "a\nb", "-", "x-1", "a" * 30 + "b", "_", " z"]
PATTERNS = [r"a.c", r"\d+", r"(?i)HeLLo", r"(a|b)*c{2,3}", r"[^\W\d]+", r"[[:alpha:]]*-?", r"\bfoo\b.*", r"^abc$", r"(?:ab)+?", r"a{0}", r"x{2,}",
            r"(?P<n>q)r", r"\Qa.b\E", r"é+", r"[à-ü]*", r".", r"(?s).*", r".*", r"\x41\x{1F600}?", r"a|", r"", r"\w+@\w+\.\w{2,3}", r"[a\]]+", r"[]a]+",
            r"a{,3}", r"(?i:É)x", r"[^a]", r"[\d\-x]+", r"a\b", r"$^", r"(?m)^a$\n^b$", r"(a*)*b", r"((a|aa)*)*b", r"\s*\S*"]
REFUSED = {r"\pL": "class of Unicode", r"(": "( without )", r")": ") without (", r"a**": "repeats a repetition", r"(?=a)": "look-around", r"\1": "back-reference",
           r"[b-a]": "ends before", r"x{1001}": "above 1000", r"(((x{1000}){1000}){1000})": "too large", r"((){1000}){1000}": "too large", r"[a": "[ without ]",
           "(" * 500: "too deep", "a" * 20000: "too long"}


def model(op, inputs, outputs, opset=20, domain="", **attributes):
    def infos(rows):
        return [helper.make_tensor_value_info(name, kind, dims) for name, kind, dims in rows]

    node = helper.make_node(op, [r[0] for r in inputs], [r[0] for r in outputs], domain=domain, **attributes)
    return helper.make_model(helper.make_graph([node], "g", infos(inputs), infos(outputs)), ir_version=10,
                             opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 4)])


def run(m, x):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        onnx.save(m, path)
        with open(os.path.join(folder, "x.pb"), "wb") as f:
            f.write(numpy_helper.from_array(x, "X").SerializeToString())
        command.sard("run", path, "--input", f"X={folder}/x.pb", "--output", f"Y={folder}/y.pb")
        return numpy_helper.to_array(command.read_tensor(f"{folder}/y.pb"))


def witness(m, x):
    return peer.onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"]).run(["Y"], {"X": x})[0]


def regex(pattern):
    return model("RegexFullMatch", [("X", TensorProto.STRING, ["N"])], [("Y", TensorProto.BOOL, ["N"])], pattern=pattern)


def check_regex(problems):
    x = np.array(STRINGS, dtype=object)
    for pattern in PATTERNS:
        want, got = witness(regex(pattern), x), run(regex(pattern), x)
        problems += [f"{pattern!r} and {s!r}: {g}, must be {w}" for s, w, g in zip(STRINGS, want, got) if w != g]
    for pattern, why in REFUSED.items():
        try:
            run(regex(pattern), x)
            problems.append(f"{pattern[:40]!r} is not refused")
        except Refused as error:
            if why not in str(error):
                problems.append(f"{pattern[:40]!r} is refused by {error}")


def check_case(problems):
    """Letters up to U+24F and of U+1E00 that Python changes into one letter and back; others stay."""
    letters = [chr(c) for c in [*range(32, 0x180), *range(0x370, 0x560), *range(0x1e00, 0x1f00)] if chr(c).isprintable()]
    for action, change, back in (("UPPER", str.upper, str.lower), ("LOWER", str.lower, str.upper)):
        m = model("StringNormalizer", [("X", TensorProto.STRING, ["N"])], [("Y", TensorProto.STRING, ["M"])], case_change_action=action, is_case_sensitive=1)
        for letter, got in zip(letters, run(m, np.array(letters, dtype=object))):
            pair = change(letter)
            if len(pair) == 1 and back(pair) == letter and pair != letter and got not in (pair, letter):
                problems.append(f"{action} of {letter!r} is {got!r}, must be {pair!r}")
            if pair == letter and got != letter:
                problems.append(f"{action} of {letter!r} is {got!r}")
            if letter in "azéößàþāžαωάяёџա" and got != (pair if len(pair) == 1 else letter):
                problems.append(f"{action} of {letter!r} is {got!r}")


def check_tf_idf(problems):
    rng = np.random.default_rng(3)
    words = np.array(["a", "b", "c", "d"], dtype=object)
    for k in range(24):
        counts, pool = [0], []
        for length in (1, 2, 3):
            grams = {tuple(rng.integers(0, 3, length)) for _ in range(4)}
            pool += [int(i) for gram in sorted(grams) for i in gram]
            counts.append(len(pool))
        n = counts[1] + (counts[2] - counts[1]) // 2 + (counts[3] - counts[2]) // 3
        least = int(rng.integers(1, 4))
        attributes = dict(mode=("TF", "IDF", "TFIDF")[k % 3], min_gram_length=least, max_gram_length=int(rng.integers(least, 4)),
                          max_skip_count=int(rng.integers(0, 4)), ngram_counts=counts[:3], ngram_indexes=[int(i) for i in rng.permutation(n)],
                          weights=[float(w) for w in rng.random(n, "f4")])
        x = rng.integers(0, 4, (3, 7))
        if k % 2:
            m = model("TfIdfVectorizer", [("X", TensorProto.STRING, ["N", "C"])], [("Y", TensorProto.FLOAT, ["N", "M"])],
                      pool_strings=[words[i] for i in pool], **attributes)
            x = words[x]
        else:
            m = model("TfIdfVectorizer", [("X", TensorProto.INT64, ["N", "C"])], [("Y", TensorProto.FLOAT, ["N", "M"])], pool_int64s=pool, **attributes)
        if not np.allclose(witness(m, x), run(m, x), rtol=1e-6):
            problems.append(f"TfIdfVectorizer {attributes}: {run(m, x)}, must be {witness(m, x)}")


def check_labels(problems):
    x = np.array([1.5, np.nan, -0.0, 7], "f4")
    m = model("LabelEncoder", [("X", TensorProto.FLOAT, ["N"])], [("Y", TensorProto.STRING, ["N"])], domain="ai.onnx.ml",
              keys_floats=[0.0, 1.5, float("nan"), 1.5], values_strings=["zero", "first", "none", "last"], default_string="?")
    if list(run(m, x)) != ["last", "none", "zero", "?"]:
        problems.append(f"LabelEncoder: {run(m, x)}")


def main():
    problems = []
    for check in (check_regex, check_case, check_tf_idf, check_labels):
        check(problems)
    print("\n".join(problems) or "strings agree")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
