/* The data of the page, linked up: nodes know the values they read and make, values their producer and users. */

/* "86.7 M": three digits and a prefix of 1000, as the command prints. */

function human(number, unit) {
    const prefixes = ["", "k", "M", "G", "T", "P"];
    let power = 0;
    while (Math.abs(number) >= 999.5 && power < prefixes.length - 1) {
        number /= 1000;
        power++;
    }
    const digits = power === 0 ? String(Math.round(number)) : number.toPrecision(3);
    const suffix = prefixes[power] + (unit || "");
    return suffix ? digits + "\u00a0" + suffix : digits;
}

function milliseconds(ms) {
    return (ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3)) + "\u00a0ms";
}

function shapeText(shape) {
    if (!shape) return "any shape";
    return shape.length ? shape.map((d) => (d === null ? "?" : d)).join("\u00d7") : "scalar";
}

function elementCount(value) {
    return (value.shape || []).reduce((product, d) => product * (typeof d === "number" ? d : 1), 1);
}

function opText(node) {
    return [node.op].concat(node.epilogue.map((e) => e.op)).join(" + ");
}

/* Elements of float constants of rank 1 and more, as `parameters` counts them. */
function parametersOf(node) {
    const statistics = node.op === "BatchNormalization" ? [3, 4] : [];
    return node.inputs.reduce((sum, value, i) => {
        const counts = value && value.constant !== undefined && value.shape.length && /^b?float/.test(value.dtype);
        return counts && !statistics.includes(i) ? sum + elementCount(value) : sum;
    }, 0);
}

function makeEnd(op, name, inputs, outputs) {
    return { op, name, inputs, outputs, end: true, kind: -1, attrs: {}, epilogue: [], macs: 0 };
}

/* nodes: the inputs of the graph, its nodes in their order, its outputs. fed: it depends on an input. */
function readGraph(raw) {
    const values = raw.values.map((v, id) => Object.assign({}, v, { id, producer: null, users: [] }));
    const at = (i) => (i === null ? null : values[i]);
    const nodes = raw.inputs.filter((i) => i !== null).map((i) => makeEnd("input", values[i].name, [], [values[i]]));
    for (const n of raw.nodes) nodes.push(Object.assign({}, n, { inputs: n.inputs.map(at), outputs: n.outputs.map(at) }));
    for (const o of raw.outputs) nodes.push(makeEnd("output", o.name, [values[o.value]], []));
    const graph = { nodes, values, count: raw.nodes.length, byValue: new Map(), byName: new Map() };
    nodes.forEach((node, id) => {
        Object.assign(node, { id, graph, steps: [], joined: null, ms: 0, parameters: parametersOf(node), twins: [] });
        if (!node.end && !graph.byName.has(node.name)) graph.byName.set(node.name, node);
        node.fed = node.op === "input" || node.inputs.some((value) => value && value.producer && value.producer.fed);
        for (const value of node.outputs) if (value) value.producer = node;
        for (const value of new Set(node.inputs)) if (value) value.users.push(node);
    });
    for (const value of values) graph.byValue.set(value.name, value);
    return graph;
}

/* Steps know their nodes by what they make: values keep their names in a plan, and only a split epilogue makes others. */
function linkSteps(graph, steps, places) {
    steps.forEach((step, number) => {
        step.number = number;
        const made = step.outputs.map((name) => graph.byValue.get(name)).filter((value) => value && value.producer);
        step.node = made.length ? made[0].producer : graph.byName.get(step.name) || null;
        if (step.node) {
            step.node.steps.push(step);
            step.node.ms += step.ms || 0;
        }
        for (const name of step.joined) {
            const node = graph.byName.get(name);
            if (node) node.joined = step;
        }
    });
    places.forEach((place, number) => {
        place.number = number;
        place.value = graph.byValue.get(place.name) || null;
        if (place.value) place.value.place = place;
    });
}

/* A node before the passes and the node that does its work afterwards: by its name, by that of an epilogue, of a constant that was
 * folded from it, or of what it makes. */
function linkTwins(before, after) {
    const found = new Map();
    for (const node of after.nodes) {
        if (node.end) continue;
        for (const name of node.epilogue.map((e) => e.name)) found.set(name, node);
        for (const value of node.inputs) if (value && value.constant !== undefined && !found.has(value.name)) found.set(value.name, node);
    }
    for (const node of after.nodes) if (!node.end) found.set(node.name, node);
    for (const node of before.nodes) {
        const made = node.outputs.length && node.outputs[0] ? after.byValue.get(node.outputs[0].name) : null;
        let twin = made && made.producer && !node.end ? made.producer : found.get(node.name);
        if (node.end) twin = after.nodes.find((other) => other.end && other.op === node.op && other.name === node.name);
        if (!twin) continue;
        node.twins.push(twin);
        twin.twins.push(node);
    }
}
