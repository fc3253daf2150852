"""Makes a model that fails smaller while it fails."""
import copy

import onnx


def used_names(graph):
    names = {o.name for o in graph.output}
    for node in graph.node:
        names.update(node.input)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                names |= used_names(attribute.g)
    return names


def without_dead(model):
    """Takes out nodes and initialisers that nobody uses."""
    graph = model.graph
    while True:
        used = used_names(graph)
        dead = [n for n in graph.node if not used & set(n.output)]
        for node in dead:
            graph.node.remove(node)
        if not dead:
            break
    for initializer in [i for i in graph.initializer if i.name not in used]:
        graph.initializer.remove(initializer)
    for value in [v for v in graph.input if v.name not in used and v.name != "x"]:
        graph.input.remove(value)
    return model


def only_output(model, i):
    smaller = copy.deepcopy(model)
    kept = smaller.graph.output[i]
    del smaller.graph.output[:]
    smaller.graph.output.append(kept)
    return without_dead(smaller)


def ends_at(model, i):
    """The model up to a node, whose first result is the only output."""
    smaller = copy.deepcopy(model)
    name = smaller.graph.node[i].output[0]
    del smaller.graph.output[:]
    smaller.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return without_dead(smaller)


def bypasses(model, i):
    """The model with a node's first operand in place of its results."""
    smaller = copy.deepcopy(model)
    node = smaller.graph.node[i]
    outputs = {o.name for o in smaller.graph.output}
    if not node.input or set(node.output) & outputs:
        return None
    for other in smaller.graph.node:
        for k, name in enumerate(other.input):
            if name in node.output:
                other.input[k] = node.input[0]
    return without_dead(smaller)


def candidates(model):
    yield from (only_output(model, i) for i in range(len(model.graph.output)) if len(model.graph.output) > 1)
    yield from (ends_at(model, i) for i in range(len(model.graph.node) - 1))
    yield from (bypasses(model, i) for i in reversed(range(len(model.graph.node))))


def size(model):
    return len(model.graph.node) + len(model.graph.output)


def shrink(model, fails):
    """The smallest model that was found for which fails(model) holds, as it does for the one given."""
    smaller = next((c for c in candidates(model) if c is not None and size(c) < size(model) and fails(c)), None)
    return shrink(smaller, fails) if smaller else model
