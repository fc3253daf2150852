"""What must be left of well-known networks: which operators may be steps of their own."""
import json

import command

# Operators that may not be a step behind the first convolution.
ALONE = {
    "cnn": ["BatchNormalization", "Relu", "Add", "Concat", "Transpose"],
    "mobile": ["BatchNormalization", "Relu", "Clip", "HardSwish", "HardSigmoid", "Add", "Transpose", "Concat"],
    "transformer": ["Sub", "Pow", "Sqrt", "Div", "Erf", "Tanh", "Gelu", "Sigmoid", "Shape", "Gather", "Unsqueeze", "Range"],
}


def operators(model):
    """Those of the steps of a model, in order, without epilogues."""
    return [step["op"] for step in json.loads(command.sard("inspect", model, "--plan", "--json"))["steps"]]


def wrong_steps(model, kind, norms=0, transposes=1):
    """A list of what is left and should not be. norms: how many LayerNormalizations there are; transposes: how many may be, for the picture.
    A Mul belongs to each squeeze-and-excite, which has a GlobalAveragePool; the last one is that of the classifier."""
    ops = operators(model)
    first = ops.index("Conv")
    behind, arithmetic = ops[first:], [op for op in ops[:first] if op not in ("Transpose", "Cast")]
    wrong = [f"{behind.count(op)} {op}" for op in ALONE[kind] if op in behind]
    if kind != "transformer" and len(arithmetic) > 1:
        wrong.append(f"{arithmetic} before the first Conv")
    if kind != "transformer" and behind.count("Mul") > behind.count("GlobalAveragePool") - 1:
        wrong.append(f"{behind.count('Mul')} Mul")
    if ops.count("Transpose") > transposes and kind != "transformer":
        wrong.append(f"{ops.count('Transpose')} Transpose")
    if ops.count("LayerNormalization") != norms:
        wrong.append(f"{ops.count('LayerNormalization')} LayerNormalization, must be {norms}")
    return wrong


def integer_nodes(model):
    """Lines of the optimised graph, whose batch is free, that compute integers."""
    lines = command.sard("optimize", model, "--text").splitlines()
    return [line.strip() for line in lines if any(f" : {t}[" in line for t in ("int64", "int32", "bool")) and " = " in line.split("{")[0]]
