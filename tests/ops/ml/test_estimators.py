#!/usr/bin/env python3
"""Estimators and pipelines of scikit-learn, fitted on its own data sets and exported by skl2onnx, against onnxruntime.

usage: test_estimators.py [--keep FOLDER] [NAME ...]      exit 77 (skipped) without scikit-learn, skl2onnx or onnxruntime

Labels, clusters and other integers and strings are equal, floats agree to 1e-5 of the largest of their column; else sard must be nearer to
what scikit-learn says than onnxruntime is.
"""
import os
import sys
import tempfile
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from support import command, peer
from support.command import Refused, np, onnx
from onnx import numpy_helper

try:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn import (calibration, cluster, compose, datasets, decomposition, discriminant_analysis, ensemble, feature_extraction, feature_selection,
                         gaussian_process, impute, linear_model, mixture, multiclass, naive_bayes, neighbors, neural_network, pipeline, preprocessing,
                         svm, tree)
except ImportError as error:
    command.skip(error)
if not peer.onnxruntime:
    command.skip("no onnxruntime")
warnings.filterwarnings("ignore")

# skl2onnx writes lists of bools, which onnx 1.23 does not take.
make_attribute = onnx.helper.make_attribute
onnx.helper.make_attribute = lambda name, value, *rest, **more: make_attribute(
    name, [int(v) for v in value] if isinstance(value, list) and any(isinstance(v, (bool, np.bool_)) for v in value) else value, *rest, **more)

TOLERANCE = 1e-5
OPSETS = {"": 21, "ai.onnx.ml": 3}


def load(name):
    x, y = getattr(datasets, "load_" + name)(return_X_y=True)
    return x.astype("f4"), y


IRIS, WINE, DIGITS, CANCER, DIABETES = (load(n) for n in ("iris", "wine", "digits", "breast_cancer", "diabetes"))
DIGITS = DIGITS[0][:400], DIGITS[1][:400]
CANCER = preprocessing.scale(CANCER[0]).astype("f4"), CANCER[1]
NAMED = IRIS[0], np.array(["setosa", "versicolor", "virginica"])[IRIS[1]]
HOLES = WINE[0].copy(), WINE[1]
HOLES[0][::7, 3] = np.nan
HOLES[0][::11, 0] = np.nan
TEXT = np.array(["the quick brown fox", "jumps over the lazy dog", "the dog sleeps", "a quick nap", "brown dogs and quick foxes", "lazy days", "over and over again",
                 "the fox, the dog and the nap"], dtype=object).reshape(-1, 1)
TEXT_LABELS = np.array([0, 1, 1, 0, 1, 0, 0, 1])
WORDS = np.array([["red", "s"], ["green", "m"], ["blue", "l"], ["green", "s"], ["red", "l"], ["blue", "m"]], dtype=object)


def pipe(*steps):
    return pipeline.make_pipeline(*steps)


def columns():
    """Numbers and words side by side."""
    numbers = pipe(impute.SimpleImputer(), preprocessing.StandardScaler())
    words = preprocessing.OneHotEncoder(handle_unknown="ignore")
    return pipe(compose.ColumnTransformer([("numbers", numbers, [0, 1]), ("words", words, [2, 3])]), linear_model.LogisticRegression())


L, E, S, T, N, P = linear_model, ensemble, svm, tree, neighbors, preprocessing
TREES = dict(n_estimators=8, max_depth=4, random_state=1)

# name: estimator, data set
CASES = {
    "LogisticRegression": (L.LogisticRegression(max_iter=300), IRIS),
    "LogisticRegression binary": (L.LogisticRegression(), CANCER),
    "LogisticRegression of strings": (L.LogisticRegression(max_iter=300), NAMED),
    "LogisticRegression ovr": (multiclass.OneVsRestClassifier(L.LogisticRegression()), WINE),
    "LogisticRegressionCV": (L.LogisticRegressionCV(max_iter=300, Cs=3), IRIS),
    "LinearSVC": (S.LinearSVC(), IRIS),
    "LinearSVC binary": (S.LinearSVC(), CANCER),
    "SVC rbf": (S.SVC(), IRIS),
    "SVC rbf binary": (S.SVC(), CANCER),
    "SVC poly": (S.SVC(kernel="poly", degree=2), IRIS),
    "SVC linear": (S.SVC(kernel="linear"), NAMED),
    "SVC sigmoid": (S.SVC(kernel="sigmoid"), CANCER),
    "SVC probability": (S.SVC(probability=True, random_state=1), IRIS),
    "SVC probability binary": (S.SVC(probability=True, random_state=1), CANCER),
    "NuSVC": (S.NuSVC(), WINE),
    "SVR": (S.SVR(), DIABETES),
    "SVR linear": (S.SVR(kernel="linear"), DIABETES),
    "NuSVR": (S.NuSVR(), DIABETES),
    "LinearSVR": (S.LinearSVR(), DIABETES),
    "OneClassSVM": (S.OneClassSVM(), IRIS),
    "LinearRegression": (L.LinearRegression(), DIABETES),
    "Ridge": (L.Ridge(), DIABETES),
    "Lasso": (L.Lasso(), DIABETES),
    "ElasticNet": (L.ElasticNet(), DIABETES),
    "BayesianRidge": (L.BayesianRidge(), DIABETES),
    "HuberRegressor": (L.HuberRegressor(max_iter=1000), DIABETES),
    "PoissonRegressor": (L.PoissonRegressor(), DIABETES),
    "TweedieRegressor": (L.TweedieRegressor(), DIABETES),
    "SGDClassifier": (L.SGDClassifier(random_state=1), IRIS),
    "SGDClassifier log": (L.SGDClassifier(loss="log_loss", random_state=1), CANCER),
    "SGDRegressor": (L.SGDRegressor(random_state=1), DIABETES),
    "Perceptron": (L.Perceptron(), IRIS),
    "PassiveAggressiveClassifier": (L.PassiveAggressiveClassifier(random_state=1), IRIS),
    "RidgeClassifier": (L.RidgeClassifier(), IRIS),
    "DecisionTreeClassifier": (T.DecisionTreeClassifier(random_state=1), IRIS),
    "DecisionTreeClassifier binary": (T.DecisionTreeClassifier(random_state=1, max_depth=3), CANCER),
    "DecisionTreeClassifier of strings": (T.DecisionTreeClassifier(random_state=1, max_depth=2), NAMED),
    "DecisionTreeRegressor": (T.DecisionTreeRegressor(random_state=1), DIABETES),
    "ExtraTreeClassifier": (T.ExtraTreeClassifier(random_state=1), WINE),
    "RandomForestClassifier": (E.RandomForestClassifier(**TREES), DIGITS),
    "RandomForestClassifier binary": (E.RandomForestClassifier(**TREES), CANCER),
    "RandomForestRegressor": (E.RandomForestRegressor(**TREES), DIABETES),
    "ExtraTreesClassifier": (E.ExtraTreesClassifier(**TREES), DIGITS),
    "ExtraTreesRegressor": (E.ExtraTreesRegressor(**TREES), DIABETES),
    "GradientBoostingClassifier": (E.GradientBoostingClassifier(**TREES), IRIS),
    "GradientBoostingClassifier binary": (E.GradientBoostingClassifier(**TREES), CANCER),
    "GradientBoostingRegressor": (E.GradientBoostingRegressor(**TREES), DIABETES),
    "HistGradientBoostingClassifier": (E.HistGradientBoostingClassifier(max_iter=8), HOLES),
    "HistGradientBoostingClassifier binary": (E.HistGradientBoostingClassifier(max_iter=8), CANCER),
    "HistGradientBoostingRegressor": (E.HistGradientBoostingRegressor(max_iter=8), DIABETES),
    "AdaBoostClassifier": (E.AdaBoostClassifier(n_estimators=5, random_state=1), IRIS),
    "AdaBoostRegressor": (E.AdaBoostRegressor(n_estimators=5, random_state=1), DIABETES),
    "BaggingClassifier": (E.BaggingClassifier(n_estimators=3, random_state=1), IRIS),
    "BaggingRegressor": (E.BaggingRegressor(n_estimators=3, random_state=1), DIABETES),
    "IsolationForest": (E.IsolationForest(n_estimators=5, random_state=1), IRIS),
    "VotingClassifier soft": (E.VotingClassifier([("a", L.LogisticRegression()), ("b", T.DecisionTreeClassifier(max_depth=2))], voting="soft", flatten_transform=False), IRIS),
    "VotingClassifier hard": (E.VotingClassifier([("a", L.LogisticRegression()), ("b", T.DecisionTreeClassifier(max_depth=2)), ("c", naive_bayes.GaussianNB())], flatten_transform=False), IRIS),
    "VotingRegressor": (E.VotingRegressor([("a", L.LinearRegression()), ("b", T.DecisionTreeRegressor(max_depth=3))]), DIABETES),
    "StackingClassifier": (E.StackingClassifier([("a", L.LogisticRegression()), ("b", T.DecisionTreeClassifier(max_depth=2))]), IRIS),
    "StackingRegressor": (E.StackingRegressor([("a", L.LinearRegression()), ("b", T.DecisionTreeRegressor(max_depth=3))]), DIABETES),
    "OneVsOneClassifier": (multiclass.OneVsOneClassifier(L.LogisticRegression()), IRIS),
    "KNeighborsClassifier": (N.KNeighborsClassifier(), IRIS),
    "KNeighborsClassifier distance": (N.KNeighborsClassifier(weights="distance"), WINE),
    "KNeighborsRegressor": (N.KNeighborsRegressor(), DIABETES),
    "scaler and LogisticRegression": (pipe(P.StandardScaler(), L.LogisticRegression()), WINE),
    "GaussianNB": (naive_bayes.GaussianNB(), IRIS),
    "MultinomialNB": (naive_bayes.MultinomialNB(), DIGITS),
    "ComplementNB": (naive_bayes.ComplementNB(), DIGITS),
    "BernoulliNB": (naive_bayes.BernoulliNB(binarize=8.0), DIGITS),
    "MLPClassifier": (neural_network.MLPClassifier((8,), max_iter=200, random_state=1), IRIS),
    "MLPRegressor": (neural_network.MLPRegressor(hidden_layer_sizes=(8,), max_iter=200, random_state=1), DIABETES),
    "LinearDiscriminantAnalysis": (discriminant_analysis.LinearDiscriminantAnalysis(), WINE),
    "QuadraticDiscriminantAnalysis": (discriminant_analysis.QuadraticDiscriminantAnalysis(), IRIS),
    "GaussianProcessRegressor": (gaussian_process.GaussianProcessRegressor(gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel()), (IRIS[0], IRIS[0][:, 0])),
    "CalibratedClassifierCV": (calibration.CalibratedClassifierCV(S.LinearSVC(), cv=2), IRIS),
    "CalibratedClassifierCV isotonic": (calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=2, method="isotonic"), IRIS),
    "KMeans": (cluster.KMeans(3, n_init=2, random_state=1), IRIS),
    "MiniBatchKMeans": (cluster.MiniBatchKMeans(3, n_init=2, random_state=1), IRIS),
    "GaussianMixture": (mixture.GaussianMixture(2, random_state=1), IRIS),
    "PCA": (decomposition.PCA(2), WINE),
    "IncrementalPCA": (decomposition.IncrementalPCA(2), IRIS),
    "TruncatedSVD": (decomposition.TruncatedSVD(3), DIGITS),
    "StandardScaler": (P.StandardScaler(), WINE),
    "MinMaxScaler": (P.MinMaxScaler(), WINE),
    "MaxAbsScaler": (P.MaxAbsScaler(), WINE),
    "RobustScaler": (P.RobustScaler(), WINE),
    "Normalizer l1": (P.Normalizer("l1"), WINE),
    "Normalizer l2": (P.Normalizer("l2"), WINE),
    "Normalizer max": (P.Normalizer("max"), WINE),
    "Binarizer": (P.Binarizer(threshold=2.5), IRIS),
    "PowerTransformer": (P.PowerTransformer(), IRIS),
    "SimpleImputer": (impute.SimpleImputer(), HOLES),
    "KNNImputer": (impute.KNNImputer(), HOLES),
    "KBinsDiscretizer": (P.KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"), IRIS),
    "KBinsDiscretizer onehot": (P.KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"), IRIS),
    "PolynomialFeatures": (P.PolynomialFeatures(2), IRIS),
    "SelectKBest": (feature_selection.SelectKBest(k=2), IRIS),
    "OneHotEncoder": (P.OneHotEncoder(handle_unknown="ignore"), (WORDS, None)),
    "OrdinalEncoder": (P.OrdinalEncoder(), (WORDS, None)),
    "CountVectorizer": (pipe(compose.ColumnTransformer([("t", feature_extraction.text.CountVectorizer(), 0)]), L.LogisticRegression()), (TEXT, TEXT_LABELS)),
    "TfidfVectorizer": (pipe(compose.ColumnTransformer([("t", feature_extraction.text.TfidfVectorizer(ngram_range=(1, 2)), 0)]), L.LogisticRegression()), (TEXT, TEXT_LABELS)),
    "scaler and SVC": (pipe(P.StandardScaler(), S.SVC()), WINE),
    "PCA and forest": (pipe(P.StandardScaler(), decomposition.PCA(8), E.RandomForestClassifier(**TREES)), DIGITS),
    "imputer and boosting": (pipe(impute.SimpleImputer(strategy="median"), E.GradientBoostingClassifier(**TREES)), HOLES),
    "union": (pipe(pipeline.make_union(P.StandardScaler(), decomposition.PCA(2)), L.LogisticRegression()), WINE),
}


def columns_case():
    """A pipeline over columns of two types, each an input: its model, and what is put in."""
    rng, n = np.random.default_rng(2), 60
    x = np.empty((n, 4), dtype=object)
    x[:, :2], x[:, 2], x[:, 3] = rng.random((n, 2), "f4"), rng.choice(["red", "green", "blue"], n), rng.choice(["s", "m"], n)
    fitted = columns().fit(x, rng.integers(0, 2, n))
    names = ["length", "width", "colour", "size"]
    types = [(c, (FloatTensorType if k < 2 else StringTensorType)([None, 1])) for k, c in enumerate(names)]
    return fitted, to_onnx(fitted, initial_types=types, target_opset=OPSETS), {c: x[:, k:k + 1].astype("f4" if k < 2 else object) for k, c in enumerate(names)}, x


def make(name):
    estimator, (x, y) = CASES[name]
    estimator.fit(x, y) if y is not None else estimator.fit(x)
    types = [("X", StringTensorType([None, x.shape[1]]) if x.dtype == object else FloatTensorType([None, x.shape[1]]))]
    only_number = isinstance(estimator, mixture.GaussianMixture)  # its converter compares the opset with one
    model = to_onnx(estimator, initial_types=types, target_opset=OPSETS[""] if only_number else OPSETS)
    for node in model.graph.node:
        if node.op_type == "StringNormalizer":  # onnxruntime wants a locale that the machine has
            node.attribute.append(onnx.helper.make_attribute("locale", "C.UTF-8"))
    return estimator, model, {"X": x}, x


def table(maps):
    """What ZipMap gives, as the tensor that it is in sard."""
    return np.array([list(m.values()) for m in maps], "f4") if isinstance(maps, list) else np.asarray(maps)


def run(path, folder, inputs, outputs):
    args = ["run", path]
    for name, x in inputs.items():
        with open(f"{folder}/{name}.pb", "wb") as f:
            f.write(numpy_helper.from_array(x, name).SerializeToString())
        args += ["--input", f"{name}={folder}/{name}.pb"]
    for k, name in enumerate(outputs):
        args += ["--output", f"{name}={folder}/out{k}.pb"]
    command.sard(*args)
    return [numpy_helper.to_array(command.read_tensor(f"{folder}/out{k}.pb")) for k in range(len(outputs))]


def own_answers(estimator, x):
    """What scikit-learn itself says, in float64."""
    return [np.asarray(getattr(estimator, m)(x)) for m in ("predict", "predict_proba", "decision_function", "transform", "score_samples") if hasattr(estimator, m)]


def distance(a, b):
    """As a share of the largest of the column, at least of 1; infinite for other shapes, NaNs elsewhere, other labels."""
    if a.size != b.size or (a.dtype.kind == "f") != (b.dtype.kind == "f"):
        return np.inf
    if a.dtype.kind != "f":
        return 0.0 if (a.ravel() == b.ravel()).all() else np.inf
    a, b = a.reshape(b.shape), b
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return np.inf
    scale = np.maximum(np.nanmax(np.abs(b), axis=0, initial=0), 1)
    return float(np.nanmax(np.abs(a - b) / scale, initial=0))


def compare(want, got, own):
    """None, or what differs. Where onnxruntime has rounded more than TOLERANCE away, the right answer is scikit-learn's."""
    if want.shape != got.shape:
        return f"has shape {got.shape}, must be {want.shape}"
    apart = distance(got, want)
    if apart <= TOLERANCE:
        return None
    for answer in own():
        if distance(got, answer) < distance(want, answer):
            return None
    return f"differs by {apart:.2g}"


def check(name, folder):
    try:
        estimator, model, inputs, x = columns_case() if name == "ColumnTransformer" else make(name)
    except Exception as error:
        return "skipped", f"{type(error).__name__}: {str(error).splitlines()[0][:100] if str(error) else ''}"
    path = os.path.join(folder, name.replace(" ", "_") + ".onnx")
    onnx.save(model, path)
    outputs = [o.name for o in model.graph.output]
    try:
        want = peer.session(path).run(outputs, inputs)
    except Exception as error:
        return "skipped", f"onnxruntime: {str(error)[:100]}"
    try:
        got = run(path, folder, inputs, outputs)
    except Refused as error:
        return "failed", str(error)
    problems = [f"{o} {why}" for o, w, g in zip(outputs, want, got) for why in [compare(table(w), g, lambda: own_answers(estimator, x))] if why]
    return ("failed", "; ".join(problems)) if problems else ("passed", "")


def main():
    args = sys.argv[1:]
    keep = args[1] if args[:1] == ["--keep"] else None
    names = args[2 if keep else 0:] or [*CASES, "ColumnTransformer"]
    count = {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            result, why = check(name, keep or folder)
            count[result] += 1
            if why:
                print(f"{name}: {result}: {why}", flush=True)
    print(", ".join(f"{n} {k}" for k, n in count.items()))
    sys.exit(1 if count["failed"] or (len(names) > 60 and count["passed"] < 60) else 0)


if __name__ == "__main__":
    main()
