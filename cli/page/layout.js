/* Where things lie. A group is laid out on its own, its open groups first: they are boxes in it, with places at their borders where lines
 * enter and leave. Coordinates are relative to the group; a box's x is its left side. */

const GAP_X = 22, GAP_Y = 44, PADDING = 16, HEAD = 26, LABEL = 16;

/* The least moves, in squares, from where each one of a layer would like to be: neighbours that come too close move as one. */

function placeLayer(layer, wanted, weight) {
    const blocks = [];
    let shift = 0;
    layer.forEach((v, i) => {
        if (i) shift += layer[i - 1].right + v.left + (layer[i - 1].kind === "point" && v.kind === "point" ? 4 : GAP_X);
        let block = { sum: weight[i] * (wanted[i] - shift), weight: weight[i], count: 1 };
        while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].weight > block.sum / block.weight) {
            const previous = blocks.pop();
            block = { sum: previous.sum + block.sum, weight: previous.weight + block.weight, count: previous.count + block.count };
        }
        blocks.push(block);
    });
    let i = 0, at = 0;
    for (const block of blocks)
        for (let k = 0; k < block.count; k++, i++) {
            if (i) at += layer[i - 1].right + layer[i].left + (layer[i - 1].kind === "point" && layer[i].kind === "point" ? 4 : GAP_X);
            layer[i].x = block.sum / block.weight + at;
        }
}

/* What comes from constants gives way. */
function straightness(segment) {
    if (!segment.value.producer.fed) return 0.5;
    const points = (segment.upper.kind === "point") + (segment.lower.kind === "point");
    return points === 2 ? 8 : points === 1 ? 1 : 4;
}

/* Of two lines the one between items is kept straight; of more, the middle is taken. */
function wish(v, down) {
    const ends = (down ? v.up : v.down).map((s) =>
        down ? { x: s.upper.x + s.fromX - s.toX, weight: straightness(s) } : { x: s.lower.x + s.toX - s.fromX, weight: straightness(s) });
    if (!ends.length) return null;
    const most = ends.length === 2 ? Math.max(...ends.map((e) => e.weight)) : 0;
    const chosen = ends.filter((e) => e.weight >= most);
    return { x: chosen.reduce((sum, e) => sum + e.x, 0) / chosen.length, weight: Math.max(...chosen.map((e) => e.weight)) };
}

function placeAcross(layers) {
    for (const layer of layers) placeLayer(layer, layer.map(() => 0), layer.map(() => 1));
    for (let round = 0; round < 8; round++) {
        const down = round % 2 === 1;
        for (const layer of down ? layers : layers.slice().reverse()) {
            const wishes = layer.map((v) => wish(v, down));
            placeLayer(layer, wishes.map((w, i) => (w ? w.x : layer[i].x)), wishes.map((w) => (w ? w.weight : 0.1)));
        }
    }
}

/* Where all goes through one place at the top and one at the bottom these lie below each other, so that chains of groups are straight. */
function alignEnds(layers) {
    const first = layers[0], last = layers[layers.length - 1];
    if (first.length === 1 && last.length === 1 && first[0].kind === "enter" && last[0].kind === "leave" && first[0].down.length > 1) first[0].x = last[0].x;
}

function placeDown(layers, top) {
    let y = top;
    layers.forEach((layer, k) => {
        const height = layer.reduce((most, v) => Math.max(most, v.height), 0);
        for (const v of layer) Object.assign(v, { top: y, bottom: y + height, y: v.kind === "item" ? y + (height - v.height) / 2 : y });
        y += height + (k < layers.length - 1 ? GAP_Y : 0);
    });
    return y;
}

/* Where lines touch an item, from its middle. */
function findPorts(segments) {
    for (const s of segments) {
        s.fromX = portOf(s.upper, s.value, "leaves");
        s.toX = portOf(s.lower, s.value, "enters");
    }
}

function portOf(v, value, side) {
    if (v.kind !== "item") return 0;
    if (v.item.group) return v.item.open ? v.item.layout[side].get(value) - v.width / 2 : 0;
    if (side === "enters" || v.item.outputs.length < 2) return 0;
    const made = v.item.outputs.filter(Boolean), place = made.indexOf(value);
    return (v.width * (place + 0.5)) / made.length - v.width / 2;
}

/* Room for the shape beside the beginning of a line. */
function reserveLabels(layers, labelWidth) {
    for (const layer of layers)
        for (const v of layer) {
            const made = v.kind === "item" && !v.item.group ? v.item.outputs.filter(Boolean) : [];
            if (made.length === 1) v.right = Math.max(v.right, labelWidth(made[0]) + 8);
        }
}

function layoutGroup(group, look) {
    for (const item of group.items) if (item.group && item.open) layoutGroup(item, look);
    const sizeOf = (item) => (item.group && item.open ? item.layout : look.sizeOf(item));
    const { layers, segments } = makeLayers(group, sizeOf);
    findPorts(segments);
    reserveLabels(layers, look.labelWidth);
    placeAcross(layers);
    alignEnds(layers);
    const all = layers.flat(), left = all.reduce((least, v) => Math.min(least, v.x - v.left), Infinity);
    const right = all.reduce((most, v) => Math.max(most, v.x + v.right), -Infinity);
    const enters = all.some((v) => v.kind === "enter"), inset = group.parent ? PADDING : 0;
    const width = Math.max(right - left + 2 * inset, group.parent ? look.headWidth(group) : 0), shift = (width - (right - left)) / 2 - left;
    for (const v of all) v.x += shift;
    const bottom = placeDown(layers, group.parent && !enters ? HEAD + PADDING : 0);
    const leaves = all.some((v) => v.kind === "leave");
    const ports = (kind) => new Map(all.filter((v) => v.kind === kind).map((v) => [v.value, v.x]));
    const items = all.filter((v) => v.kind === "item").map((v) => ({ item: v.item, x: v.x - v.width / 2, y: v.y, width: v.width, height: v.height }));
    group.layout = { width, height: bottom + (leaves ? 0 : inset), items, lines: segments.map(lineOf), enters: ports("enter"), leaves: ports("leave") };
    return group.layout;
}

/* x, y of a segment's ends; between y1 and y2 it may bend. Beside a layer it goes on with the segment below. start: here the line begins, and
 * its shape is written beside it, straight for so long; end: with an arrow. */
function lineOf(s) {
    const start = s.upper.kind === "item" && !s.upper.item.group, top = s.upper.kind === "item" ? s.upper.y + s.upper.height : s.upper.top;
    return {
        value: s.value, x1: s.upper.x + s.fromX, x2: s.lower.x + s.toX, y1: start ? Math.max(s.upper.bottom, top + LABEL) : s.upper.bottom, y2: s.lower.top,
        top, bottom: s.lower.kind === "item" ? s.lower.y : s.lower.top,
        start, end: s.lower.kind === "item" && !(s.lower.item.group && s.lower.item.open),
    };
}
