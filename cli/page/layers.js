/* Layers and their order, for one group: what reads a value lies below what makes it, and lines cross as little as they can.
 *
 * A vertex stands for an item of the group, for the place where a value enters it (at the top) or leaves it (at the bottom), or for a
 * point of a long line. Lines of one value share these points, layer by layer, down to its last reader. */

function makeVertex(kind, item, value, width, height) {
    return { kind, item, value, width, height, layer: 0, order: 0, x: 0, left: width / 2, right: width / 2, up: [], down: [] };
}

/* The lines to draw: for each value a source and its readers within the group. */

function collectLines(group) {
    const itemOf = new Map();
    for (const item of group.items) for (const node of item.group ? item.nodes : [item]) itemOf.set(node, item);
    const lines = new Map();
    const line = (value) => {
        if (!lines.has(value)) lines.set(value, { value, source: itemOf.get(value.producer) || null, readers: new Set(), leaves: false });
        return lines.get(value);
    };
    for (const node of group.nodes) {
        for (const value of node.inputs)
            if (value && value.producer && itemOf.get(value.producer) !== itemOf.get(node)) line(value).readers.add(itemOf.get(node));
        for (const value of node.outputs) if (value && value.users.some((user) => !itemOf.has(user))) line(value).leaves = true;
    }
    return [...lines.values()];
}

/* As deep as what a vertex reads asks for; then down to its readers, where that makes lines shorter. */
function assignLayers(vertices, edges) {
    const into = new Map(vertices.map((v) => [v, []])), from = new Map(vertices.map((v) => [v, []]));
    for (const [a, b] of edges) {
        into.get(b).push(a);
        from.get(a).push(b);
    }
    const waiting = new Map(vertices.map((v) => [v, into.get(v).length])), order = vertices.filter((v) => into.get(v).length === 0);
    for (let i = 0; i < order.length; i++)
        for (const b of from.get(order[i])) {
            b.layer = Math.max(b.layer, order[i].layer + 1);
            waiting.set(b, waiting.get(b) - 1);
            if (waiting.get(b) === 0) order.push(b);
        }
    const bottom = vertices.reduce((most, v) => Math.max(most, v.layer), 0);
    for (const v of order.slice().reverse()) {
        const down = from.get(v), above = into.get(v).filter((a) => a.kind !== "enter");
        if (v.kind === "leave") v.layer = bottom;
        else if (v.kind === "item" && down.length && above.length < down.length + (above.length ? 0 : 1))
            v.layer = Math.max(v.layer, down.reduce((least, b) => Math.min(least, b.layer), bottom + 1) - 1);
    }
}

function connect(upper, lower, value) {
    const segment = { upper, lower, value, fromX: 0, toX: 0 };
    upper.down.push(segment);
    lower.up.push(segment);
    return segment;
}

/* Points of a line between its source and its last reader; the segments. */
function routeLine(source, readers, value, layers, segments) {
    const deepest = readers.reduce((most, v) => Math.max(most, v.layer), 0);
    let at = source;
    for (let layer = source.layer + 1; layer <= deepest; layer++) {
        for (const reader of readers) if (reader.layer === layer) segments.push(connect(at, reader, value));
        if (layer === deepest) return;
        const point = makeVertex("point", null, value, 12, 0);
        point.layer = layer;
        layers[layer].push(point);
        segments.push(connect(at, point, value));
        at = point;
    }
}

function countCrossings(layers) {
    let crossings = 0;
    for (const layer of layers) {
        const ends = layer.flatMap((v) => v.down.map((s) => [v.order, s.lower.order])).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        const width = ends.reduce((most, e) => Math.max(most, e[1]), 0) + 1, tree = new Int32Array(width + 1);
        ends.forEach(([, to], before) => {
            let notAfter = 0;
            for (let i = to + 1; i > 0; i -= i & -i) notAfter += tree[i];
            crossings += before - notAfter;
            for (let i = to + 1; i <= width; i += i & -i) tree[i]++;
        });
    }
    return crossings;
}

function sweep(layers, down) {
    const list = down ? layers : layers.slice().reverse();
    for (const layer of list) {
        const centre = new Map();
        for (const v of layer) {
            const near = down ? v.up.map((s) => s.upper) : v.down.map((s) => s.lower);
            centre.set(v, near.length ? near.reduce((sum, n) => sum + n.order, 0) / near.length : v.order);
        }
        layer.sort((a, b) => centre.get(a) - centre.get(b) || a.order - b.order);
        layer.forEach((v, i) => (v.order = i));
    }
}

/* The order with the fewest crossings of some that get ever better, mostly. */
function orderLayers(layers) {
    for (const layer of layers) layer.forEach((v, i) => (v.order = i));
    let best = null, fewest = Infinity;
    for (let round = 0; round < 8 && fewest > 0; round++) {
        sweep(layers, round % 2 === 0);
        const crossings = countCrossings(layers);
        if (crossings < fewest) {
            fewest = crossings;
            best = layers.map((layer) => layer.slice());
        }
    }
    best.forEach((layer, k) => {
        layers[k] = layer;
        layer.forEach((v, i) => (v.order = i));
    });
}

/* {layers: the vertices, top to bottom and left to right; segments: of lines, between neighbouring layers} */
function makeLayers(group, sizeOf) {
    const vertexOf = new Map(), vertices = [], edges = [], routes = [];
    const add = (vertex) => (vertices.push(vertex), vertex);
    for (const item of group.items) vertexOf.set(item, add(makeVertex("item", item, null, sizeOf(item).width, sizeOf(item).height)));
    for (const { value, source, readers, leaves } of collectLines(group)) {
        const from = source ? vertexOf.get(source) : add(makeVertex("enter", null, value, 12, 0));
        const to = [...readers].map((item) => vertexOf.get(item));
        if (leaves) to.push(add(makeVertex("leave", null, value, 12, 0)));
        for (const reader of to) edges.push([from, reader]);
        routes.push({ from, to, value });
    }
    assignLayers(vertices, edges);
    /* Only what enters or leaves has these layers. */
    if (vertices.some((v) => v.kind === "enter")) for (const v of vertices) if (v.kind !== "enter" && v.layer === 0) v.layer = 1;
    const layers = Array.from({ length: vertices.reduce((most, v) => Math.max(most, v.layer), 0) + 1 }, () => []), segments = [];
    for (const vertex of vertices) layers[vertex.layer].push(vertex);
    for (const { from, to, value } of routes) routeLine(from, to, value, layers, segments);
    orderLayers(layers);
    return { layers, segments };
}
