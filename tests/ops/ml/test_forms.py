#!/usr/bin/env python3
"""Operators of ai.onnx.ml in all their forms against onnxruntime; attributes that are wrong are refused in one line."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from support import command, peer
from support.command import Refused, np, onnx
from onnx import TensorProto, helper, numpy_helper

if not peer.onnxruntime:
    command.skip("no onnxruntime")

MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
POSTS = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"]
FEATURES = 5
KINDS = {"f4": TensorProto.FLOAT, "f8": TensorProto.DOUBLE, "i8": TensorProto.INT64, "i4": TensorProto.INT32, "O": TensorProto.STRING, "f2": TensorProto.FLOAT16}


def model(op, kinds, outputs, version=3, **attributes):
    """kinds: of the inputs; outputs: of the outputs, by name."""
    names = ["X", "X2"][:len(kinds)]
    graph = helper.make_graph([helper.make_node(op, names, list(outputs), domain="ai.onnx.ml", **attributes)], "g",
                              [helper.make_tensor_value_info(n, KINDS[k], None) for n, k in zip(names, kinds)],
                              [helper.make_tensor_value_info(n, k, None) for n, k in outputs.items()])
    return helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", version)])


def run(m, *inputs):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        onnx.save(m, path)
        args = ["run", path]
        for info, x in zip(m.graph.input, inputs):
            with open(f"{folder}/{info.name}.pb", "wb") as f:
                f.write(numpy_helper.from_array(x, info.name).SerializeToString())
            args += ["--input", f"{info.name}={folder}/{info.name}.pb"]
        for out in m.graph.output:
            args += ["--output", f"{out.name}={folder}/{out.name}.pb"]
        command.sard(*args)
        return [numpy_helper.to_array(command.read_tensor(f"{folder}/{out.name}.pb")) for out in m.graph.output]


def witness(m, *inputs):
    session = peer.onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {info.name: x for info, x in zip(m.graph.input, inputs)})


def same(want, got, tolerance=1e-5):
    if want.shape != got.shape:
        return False
    if want.dtype.kind != "f":
        return (want == got).all()
    return np.allclose(want, got, rtol=tolerance, atol=tolerance, equal_nan=True)


def check(problems, what, m, *inputs, peers=None):
    """peers: the model for onnxruntime, where it must be another one."""
    try:
        got = run(m, *inputs)
    except Refused as error:
        problems.append(f"{what}: {error}")
        return
    try:
        want = witness(peers or m, *inputs)
    except Exception as error:
        problems.append(f"{what}: onnxruntime: {str(error)[:150]}")
        return
    for out, w, g in zip(m.graph.output, want, got):
        if not same(np.asarray(w), g):
            problems.append(f"{what}: {out.name} is\n{g[:6]}, must be\n{np.asarray(w)[:6]}")


# ---- trees ----

def grow(rng, depth):
    """A random tree as nested tuples: (feature, mode, split, yes, no, nan), or None for a leaf."""
    if depth == 0 or rng.random() < 0.2:
        return None
    return (int(rng.integers(FEATURES)), int(rng.integers(6)), float(np.float32(rng.integers(-3, 4) / 2)), grow(rng, depth - 1), grow(rng, depth - 1), int(rng.integers(2)))


def lists(rng, trees, plain):
    """Attributes of the nodes, and (tree, node) of the leaves."""
    rows, leaves = [], []
    for number, root in enumerate(trees):
        queue, own = [root], []
        for at, node in enumerate(queue):  # which grows
            if node is None:
                leaves.append((number, at))
                own.append((number, at, 0, "LEAF", 0.0, 0, 0, 0))
            else:
                queue += [node[3], node[4]]
                own.append((number, at, node[0], "BRANCH_LEQ" if plain else MODES[node[1]], node[2], len(queue) - 2, len(queue) - 1, 0 if plain else node[5]))
        rows += own
    names = ["nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values", "nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true"]
    return {n: list(c) for n, c in zip(names, zip(*rows))}, leaves


def weights(rng, leaves, targets, prefix, positive, one=None, every=False):
    """of one: a weight for that target in each leaf; every: for all of them; else for some."""
    rows = []
    for tree, node in leaves:
        for k in [one] if one is not None else range(targets) if every else sorted(rng.choice(targets, int(rng.integers(1, targets + 1)), replace=False)):
            rows.append((tree, node, int(k), float(np.float32(rng.random() if positive else rng.normal()))))
    return dict(zip([prefix + s for s in ("_treeids", "_nodeids", "_ids", "_weights")], map(list, zip(*rows))))


def rows_for(rng, kind):
    x = rng.integers(-4, 5, (40, FEATURES)) / 2
    if kind[0] == "f":
        x[::5, 1] = np.nan
    return x.astype(kind)


def as_tensors(attributes):
    for name in [n for n in attributes if n in ("nodes_values", "class_weights", "target_weights", "base_values")]:
        attributes[name + "_as_tensor"] = numpy_helper.from_array(np.array(attributes.pop(name), "f8"), name)


def check_classifiers(problems):
    rng = np.random.default_rng(1)
    for k in range(60):
        classes, kind, plain = int(rng.integers(2, 5)), ("f4", "f8", "i8", "i4")[k % 4], bool(k % 3 == 0)
        attributes, leaves = lists(rng, [grow(rng, 4) or (0, 0, 0.0, None, None, 0) for _ in range(int(rng.integers(1, 6)))], plain)
        one = int(rng.integers(2)) if classes == 2 else None
        attributes |= weights(rng, leaves, classes, "class", bool(k % 2), one)
        attributes["post_transform"] = POSTS[k // 2 % 4]
        if k % 5 == 0 and (classes > 2 or one == 0):
            attributes["base_values"] = [float(v) for v in rng.normal(size=classes if classes > 2 else 1).astype("f4")]
        strings = k % 7 == 0
        attributes["classlabels_strings" if strings else "classlabels_int64s"] = [f"class {i}" for i in range(classes)] if strings else list(range(10, 10 + classes))
        if kind == "f8":
            as_tensors(attributes)
        m = model("TreeEnsembleClassifier", [kind], {"label": TensorProto.STRING if strings else TensorProto.INT64, "scores": TensorProto.FLOAT}, **attributes)
        summary = {n: attributes.get(n) for n in ("post_transform", "base_values")}
        check(problems, f"classifier {k} of {kind}, {classes} classes, one {one}, {summary}", m, rows_for(rng, kind))


def check_regressors(problems):
    rng = np.random.default_rng(2)
    for k in range(48):
        targets, kind = int(rng.integers(1, 4)), ("f4", "f8")[k % 2]  # onnxruntime has no others
        attributes, leaves = lists(rng, [grow(rng, 4) or (0, 0, 0.0, None, None, 0) for _ in range(int(rng.integers(1, 6)))], k % 3 == 0)
        # onnxruntime adds no base value where no leaf has a weight for the target
        attributes |= weights(rng, leaves, targets, "target", False, every=k % 5 == 0)
        attributes |= dict(n_targets=targets, aggregate_function=("SUM", "AVERAGE", "MIN", "MAX")[k // 4 % 4], post_transform=POSTS[k % 4] if targets > 1 else "NONE")
        if k % 5 == 0:
            attributes["base_values"] = [float(v) for v in rng.normal(size=targets).astype("f4")]
        if kind == "f8":
            as_tensors(attributes)
        m = model("TreeEnsembleRegressor", [kind], {"Y": TensorProto.FLOAT}, **attributes)
        check(problems, f"regressor {k} of {kind}, {targets} targets, {attributes['aggregate_function']}, {attributes['post_transform']}, {attributes.get('base_values')}",
              m, rows_for(rng, kind))


def ensemble(rng, kind, targets):
    """TreeEnsemble-5: inner nodes and leaves apart, some with sets of members."""
    nodes, leaves, members, roots = [], [], [], []

    def add(node):
        if node is None:
            leaves.append((int(rng.integers(targets)), float(rng.integers(-8, 9) / 4)))
            return 1, len(leaves) - 1
        at = len(nodes)
        nodes.append(None)
        mode = int(rng.integers(7))
        if mode == 6:
            members.extend([*rng.integers(1, 5, 3), np.nan])  # onnxruntime has integers alone
        (yes_leaf, yes), (no_leaf, no) = add(node[3]), add(node[4])
        nodes[at] = (node[0], mode, node[2], yes, no, yes_leaf, no_leaf, node[5])
        return 0, at

    for _ in range(4):
        roots.append(add(grow(rng, 4) or (0, 0, 0.0, None, None, 0))[1])
    names = ["nodes_featureids", "nodes_modes", "nodes_splits", "nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs", "nodes_falseleafs", "nodes_missing_value_tracks_true"]
    a = {n: list(c) for n, c in zip(names, zip(*nodes))}
    a |= dict(tree_roots=roots, leaf_targetids=[t for t, _ in leaves], n_targets=targets, leaf_weights=numpy_helper.from_array(np.array([w for _, w in leaves], kind)),
              nodes_modes=numpy_helper.from_array(np.array(a["nodes_modes"], "u1")), nodes_splits=numpy_helper.from_array(np.array(a["nodes_splits"], kind)))
    if members:
        a["membership_values"] = numpy_helper.from_array(np.array(members, kind))
    return a


def check_ensembles(problems):
    rng = np.random.default_rng(3)
    for k in range(24):
        kind, targets = ("f4", "f8")[k % 2], int(rng.integers(1, 4))
        attributes = ensemble(rng, kind, targets) | dict(aggregate_function=k // 2 % 4, post_transform=k % 4 if targets > 1 else 0)
        swapped = attributes | dict(post_transform=(0, 2, 1, 3)[attributes["post_transform"]])  # onnxruntime takes 1 for LOGISTIC, 2 for SOFTMAX
        x = np.nan_to_num(rows_for(rng, kind), nan=0.5)
        check(problems, f"ensemble {k} of {kind}, {targets} targets, {attributes['aggregate_function']}, {attributes['post_transform']}",
              model("TreeEnsemble", [kind], {"Y": KINDS[kind]}, version=5, **attributes), x,
              peers=model("TreeEnsemble", [kind], {"Y": KINDS[kind]}, version=5, **swapped))


# ---- the others ----

def check_others(problems):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(7, 4)).astype("f4")
    holes = x.copy()
    holes[::2, 1] = np.nan
    f, i, s = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING
    for kind in ("f4", "f8", "i8", "i4"):
        z = (x * 5).astype(kind)
        check(problems, f"Scaler {kind}", model("Scaler", [kind], {"Y": f}, offset=[1.0, 2.0, 3.0, 4.0], scale=[0.5, 1.0, 2.0, 3.0]), z)
        check(problems, f"Scaler one {kind}", model("Scaler", [kind], {"Y": f}, offset=[1.0], scale=[0.5]), z)
        for norm in ("MAX", "L1", "L2"):
            check(problems, f"Normalizer {norm} {kind}", model("Normalizer", [kind], {"Y": f}, norm=norm), z)
        check(problems, f"FeatureVectorizer {kind}", model("FeatureVectorizer", [kind, kind], {"Y": f}, inputdimensions=[4, 2]), z, z[:, :2].copy())
        check(problems, f"ArrayFeatureExtractor {kind}", model("ArrayFeatureExtractor", [kind, "i8"], {"Y": KINDS[kind]}), z, np.array([3, 0, 0]))
    check(problems, "LinearRegressor", model("LinearRegressor", ["f4"], {"Y": f}, coefficients=[float(v) for v in range(8)], intercepts=[1.0, -1.0], targets=2), x)
    for kernel in ("LINEAR", "POLY", "RBF", "SIGMOID"):
        check(problems, f"SVMRegressor {kernel}", model("SVMRegressor", ["f4"], {"Y": f}, coefficients=[1.0, -1.0], support_vectors=[float(v) for v in range(8)],
                                                        n_supports=2, rho=[0.5], kernel_type=kernel, kernel_params=[0.01, 0.5, 3.0]), x)
    check(problems, "Imputer", model("Imputer", ["f4"], {"Y": f}, imputed_value_floats=[9.0], replaced_value_float=float("nan")), holes)
    check(problems, "Imputer of columns", model("Imputer", ["f4"], {"Y": f}, imputed_value_floats=[1.0, 2.0, 3.0, 4.0], replaced_value_float=float("nan")), holes)
    check(problems, "Imputer int64", model("Imputer", ["i8"], {"Y": i}, imputed_value_int64s=[9], replaced_value_int64=1), np.array([[1, 2], [3, 1]]))
    check(problems, "Binarizer", model("Binarizer", ["f4"], {"Y": f}, threshold=0.5), x)
    words = np.array([["a"], ["b"], ["?"]], dtype=object)
    check(problems, "CategoryMapper", model("CategoryMapper", ["O"], {"Y": i}, cats_strings=["a", "b"], cats_int64s=[5, 6]), words)
    check(problems, "CategoryMapper back", model("CategoryMapper", ["i8"], {"Y": s}, cats_strings=["a", "b"], cats_int64s=[5, 6]), np.array([5, 7, 6]))
    check(problems, "OneHotEncoder", model("OneHotEncoder", ["O"], {"Y": f}, cats_strings=["b", "a"]), words)
    check(problems, "OneHotEncoder of floats", model("OneHotEncoder", ["f4"], {"Y": f}, cats_int64s=[1, 2, 3]), np.array([[1.0, 2.5], [3.0, 7.0]], "f4"))
    check(problems, "LabelEncoder 1", model("LabelEncoder", ["O"], {"Y": i}, version=1, classes_strings=["b", "a"], default_int64=-7), words)
    check(problems, "LabelEncoder 1 back", model("LabelEncoder", ["i8"], {"Y": s}, version=1, classes_strings=["b", "a"]), np.array([0, 1, 2]))
    check(problems, "LabelEncoder 2", model("LabelEncoder", ["O"], {"Y": f}, version=2, keys_strings=["b", "a"], values_floats=[1.5, 2.5], default_float=9.0), words)
    for post in ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"):
        for labels in (dict(classlabels_ints=[3, 4]), dict(classlabels_strings=["no", "yes"])):
            out = {"Y": i if "classlabels_ints" in labels else s, "Z": f}
            check(problems, f"LinearClassifier of one score {post}", model("LinearClassifier", ["f4"], out, coefficients=[1.0, -1.0, 0.5, 0.0], intercepts=[0.25],
                                                                           post_transform=post, **labels), x)
            check(problems, f"SVMClassifier {post}", model("SVMClassifier", ["f4"], out, coefficients=[1.0, 1.0, -2.0], support_vectors=[float(v) for v in rng.normal(size=12)],
                                                           vectors_per_class=[2, 1], rho=[0.125], kernel_type="POLY", kernel_params=[0.5, 1.0, 2.0], post_transform=post, **labels), x)
        check(problems, f"LinearClassifier {post}", model("LinearClassifier", ["f4"], {"Y": i, "Z": f}, coefficients=[float(v) for v in rng.normal(size=12)],
                                                          intercepts=[0.25, 0.5, 1.0], classlabels_ints=[7, 8, 9], post_transform=post), x)


def check_by_hand(problems):
    """What onnxruntime does otherwise than the standard says: one target and LOGISTIC; three rows, by the leaves' weights 1 and 2."""
    m = model("TreeEnsembleRegressor", ["f4"], {"Y": TensorProto.FLOAT}, post_transform="LOGISTIC", **GOOD)
    got = run(m, np.array([[0.0], [0.5], [1.0]], "f4"))[0].ravel()
    if not np.allclose(got, 1 / (1 + np.exp([-1.0, -1.0, -2.0])), rtol=1e-6):
        problems.append(f"LOGISTIC of one target: {got}")
    x = np.zeros((2, 3), "f4")
    for zeros, why in ((1, None), (0, "in no category")):
        m = model("OneHotEncoder", ["f4"], {"Y": TensorProto.FLOAT}, cats_int64s=[1], zeros=zeros)
        try:
            if run(m, x)[0].any() or why:
                problems.append(f"OneHotEncoder with zeros {zeros}")
        except Refused as error:
            if not why or why not in str(error):
                problems.append(f"OneHotEncoder with zeros {zeros}: {error}")


# ---- what must be refused ----

GOOD = dict(nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values=[0.5, 0.0, 0.0],
            nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0], target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[1.0, 2.0])
BRANCH = ["BRANCH_LEQ"] * 3
WRONG = [
    (dict(nodes_truenodeids=[7, 0, 0]), "the child 7, which does not exist"),
    (dict(nodes_truenodeids=[-1, 0, 0]), "the child -1, which does not exist"),
    (dict(nodes_truenodeids=[-2**63, 0, 0]), "which does not exist"),
    (dict(nodes_truenodeids=[2**63 - 1, 0, 0]), "which does not exist"),
    (dict(nodes_modes=BRANCH, nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0]), "is the child of two nodes"),
    (dict(nodes_modes=BRANCH, nodes_truenodeids=[0, 1, 2], nodes_falsenodeids=[0, 1, 2]), "3 nodes of its trees are reached from no root"),
    (dict(nodes_truenodeids=[0, 0, 0], nodes_falsenodeids=[0, 0, 0]), "two nodes that are no child"),
    (dict(nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[1, 0, 0]), "two nodes that are no child"),
    (dict(nodes_featureids=[-1, 0, 0]), "looks at feature -1"),
    (dict(nodes_featureids=[2**40, 0, 0]), "looks at feature"),
    (dict(nodes_featureids=[9, 0, 0]), "rows have 5 features"),
    (dict(nodes_featureids=[0, 0]), "nodes_featureids has 2 elements, must have 3"),
    (dict(nodes_values=[0.5]), "nodes_values has 1 elements, must have 3"),
    (dict(nodes_modes=["LEAF", "X", "LEAF"]), "the mode 'X'"),
    (dict(nodes_missing_value_tracks_true=[1]), "must have 3"),
    (dict(target_ids=[0, 5]), "target 5 of 1"),
    (dict(target_ids=[0, -1]), "target -1 of 1"),
    (dict(target_nodeids=[1, 9]), "weight 1 is for node 9"),
    (dict(target_weights=[1.0]), "must have 2"),
    (dict(n_targets=0), "n_targets is 0"),
    (dict(base_values=[1.0, 2.0]), "2 base_values for 1 scores"),
    (dict(nodes_values_as_tensor=numpy_helper.from_array(np.zeros(3, "f4"))), "as floats and as a tensor"),
]


def check_refusals(problems):
    x = np.zeros((2, FEATURES), "f4")
    for change, why in WRONG:
        attributes = {**GOOD, **change}
        try:
            run(model("TreeEnsembleRegressor", ["f4"], {"Y": TensorProto.FLOAT}, **attributes), x)
            problems.append(f"{change} is not refused")
        except Refused as error:
            if why not in str(error) or "\n" in str(error).strip():
                problems.append(f"{change} is refused by {error}")
    rng = np.random.default_rng(5)
    base = ensemble(rng, "f4", 2)
    for change, why in [(dict(tree_roots=[10**6]), "does not exist"), (dict(tree_roots=[-1]), "does not exist"), (dict(tree_roots=[0, 0]), "root twice"),
                        (dict(nodes_truenodeids=[10**9] * len(base["nodes_truenodeids"])), "has the child 1000000000"),
                        (dict(leaf_targetids=[2] * len(base["leaf_targetids"])), "target 2 of 2"),
                        (dict(nodes_modes=numpy_helper.from_array(np.full(len(base["nodes_truenodeids"]), 9, "u1"))), "the mode 9"),
                        (dict(nodes_modes=numpy_helper.from_array(np.full(len(base["nodes_truenodeids"]), 6, "u1"))), "fewer sets")]:
        try:
            run(model("TreeEnsemble", ["f4"], {"Y": TensorProto.FLOAT}, version=5, **{**base, **change}), x)
            problems.append(f"{list(change)} is not refused")
        except Refused as error:
            if why not in str(error):
                problems.append(f"{list(change)} is refused by {error}")
    svm = dict(coefficients=[1.0, 1.0], support_vectors=[0.0] * 10, vectors_per_class=[1, 1], rho=[0.0], classlabels_ints=[0, 1])
    for change, why in [(dict(rho=[0.0, 0.0]), "rho has 2"), (dict(vectors_per_class=[2**62, 2**62]), "too large"), (dict(vectors_per_class=[-1, 3]), "negative"),
                        (dict(support_vectors=[0.0] * 9), "support_vectors has 9"), (dict(coefficients=[1.0]), "coefficients has 1"), (dict(prob_a=[1.0]), "prob_b has 0"),
                        (dict(kernel_params=[1.0]), "kernel_params has 1")]:
        try:
            run(model("SVMClassifier", ["f4"], {"Y": TensorProto.INT64, "Z": TensorProto.FLOAT}, **{**svm, **change}), x)
            problems.append(f"{change} is not refused")
        except Refused as error:
            if why not in str(error):
                problems.append(f"{change} is refused by {error}")


def main():
    problems = []
    for part in (check_classifiers, check_regressors, check_ensembles, check_others, check_by_hand, check_refusals):
        part(problems)
    print("\n".join(problems) or "all forms agree")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
