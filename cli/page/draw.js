/* Drawing of a laid-out graph on a canvas: only what is in view, and letters only where they can be read. */

const TITLE = "600 12px system-ui, sans-serif", SMALL = "11px system-ui, sans-serif", SHAPE = "10.5px ui-monospace, monospace";
const MOST_WIDTH = 260, ROW = 17;

/* Widths of texts, measured once each. */

function makeRuler() {
    const context = document.createElement("canvas").getContext("2d"), known = new Map();
    return (text, font) => {
        const key = font + text;
        if (!known.has(key)) {
            context.font = font;
            known.set(key, context.measureText(text).width);
        }
        return known.get(key);
    };
}

/* "3×3, stride 2": what one wants to know of a node at first sight. */
function hintOf(node) {
    const list = (name) => (node.attrs[name] || "").replace(/[[\]\s]/g, "").split(",").filter(Boolean);
    const plain = (name) => list(name).every((x) => x === "1");
    const parts = [];
    if (list("kernel_shape").length) parts.push(list("kernel_shape").join("\u00d7"));
    if (!plain("strides")) parts.push("stride " + [...new Set(list("strides"))].join("\u00d7"));
    if (!plain("dilations")) parts.push("dilated " + [...new Set(list("dilations"))].join("\u00d7"));
    if (node.attrs.group && node.attrs.group !== "1") parts.push("groups " + node.attrs.group);
    if (list("perm").length) parts.push(list("perm").join(" "));
    for (const name of ["axis", "axes"]) if (node.attrs[name]) parts.push(name + " " + node.attrs[name]);
    return parts.join(", ");
}

/* The weights: constants too large to be a setting. */
function weightsOf(node) {
    const names = node.kind <= 1 ? ["", "W", "B"] : [];
    return node.inputs
        .map((value, i) => (value && value.constant !== undefined && value.elements === undefined ? (names[i] || "") + "\u2009" + shapeText(value.shape) : ""))
        .filter(Boolean).slice(0, 2).join("  ");
}

function rowsOf(item) {
    if (item.group) {
        const facts = [item.nodes.length + " nodes"];
        if (item.ms) facts.push(milliseconds(item.ms));
        else if (item.macs) facts.push(human(item.macs) + " MACs");
        return [facts.join(", "), opSummary(item.nodes, 3)].slice(0, item.block ? 1 : 2);
    }
    if (item.end) return [shapeText((item.outputs[0] || item.inputs[0]).shape)];
    return [hintOf(item), weightsOf(item)].filter(Boolean);
}

function titleOf(item) {
    return item.group ? item.label : item.end ? item.name : opText(item);
}

/* What the layout asks for. */
function makeLook(ruler) {
    return {
        sizeOf(item) {
            if (!item.size) {
                const rows = rowsOf(item), width = rows.reduce((most, row) => Math.max(most, ruler(row, SMALL)), ruler(titleOf(item), TITLE) + (item.group ? 18 : 0));
                item.size = { width: Math.ceil(Math.min(MOST_WIDTH, Math.max(90, width + 24))), height: 25 + (rows.length ? ROW * rows.length + 8 : 0), rows };
            }
            return item.size;
        },
        labelWidth: (value) => ruler(shapeText(value.shape), SHAPE),
        headWidth: (group) => ruler(group.label, TITLE) + 60,
    };
}

/* The text, cut to a width. */
function fitText(ruler, text, font, width) {
    if (ruler(text, font) <= width) return text;
    let low = 0, high = text.length;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (ruler(text.slice(0, middle) + "\u2026", font) <= width) low = middle;
        else high = middle - 1;
    }
    return text.slice(0, low) + "\u2026";
}

function roundBox(c, x, y, width, height, radius) {
    c.beginPath();
    c.roundRect(x, y, width, height, radius);
}

/* p: {context, colours, ruler, scale, box: what is in view, graph, selected, lit: values, found: nodes, most: the largest of node shares,
 * shareOf} */
function drawLine(p, line, dx, dy) {
    const c = p.context, x1 = line.x1 + dx, x2 = line.x2 + dx, bend = (line.y2 - line.y1) / 2, tip = line.bottom + dy;
    c.beginPath();
    c.moveTo(x1, line.top + dy);
    c.lineTo(x1, line.y1 + dy);
    c.bezierCurveTo(x1, line.y1 + dy + bend, x2, line.y2 + dy - bend, x2, line.y2 + dy);
    c.lineTo(x2, tip - (line.end ? 4 : 0));
    c.stroke();
    if (!line.end || p.scale < 0.3) return;
    c.beginPath();
    c.moveTo(x2, tip);
    c.lineTo(x2 - 3.5, tip - 6);
    c.lineTo(x2 + 3.5, tip - 6);
    c.fill();
}

function drawLines(p, layout, dx, dy, lit) {
    const c = p.context, box = p.box;
    c.strokeStyle = c.fillStyle = lit ? p.colours.accent : p.colours.line;
    c.lineWidth = lit ? 2 : 1.2;
    for (const line of layout.lines) {
        if (line.top + dy > box.bottom || line.bottom + dy < box.top || p.lit.has(line.value) !== lit) continue;
        if (Math.min(line.x1, line.x2) + dx > box.right || Math.max(line.x1, line.x2) + dx < box.left) continue;
        drawLine(p, line, dx, dy);
    }
}

/* Once for each value. */
function drawShapes(p, layout, dx, dy) {
    const c = p.context, done = new Set();
    c.font = SHAPE;
    c.fillStyle = p.colours.faint;
    c.textAlign = "left";
    for (const line of layout.lines) {
        if (!line.start || done.has(line.value) || line.top + dy > p.box.bottom || line.top + dy + 40 < p.box.top) continue;
        done.add(line.value);
        if (line.value.producer.end || line.value.producer.outputs.length > 2) continue;
        c.fillText(shapeText(line.value.shape), line.x1 + dx + 6, line.top + dy + 13);
    }
}

function drawRows(p, rows, x, y, width) {
    const c = p.context;
    c.font = SMALL;
    c.fillStyle = p.colours.soft;
    rows.forEach((row, i) => c.fillText(fitText(p.ruler, row, SMALL, width - 16), x + width / 2, y + 25 + ROW * i + 12));
}

function drawNode(p, node, at) {
    const c = p.context, { x, y, width, height } = at, colour = node.end ? p.colours.end : p.colours.kinds[node.kind];
    const gone = p.fade && !node.end && !node.twins.length;
    c.fillStyle = p.colours.card;
    roundBox(c, x, y, width, height, 6);
    c.fill();
    c.globalAlpha = gone ? 0.16 : 1;
    c.fillStyle = colour;
    roundBox(c, x, y, width, height > 26 && p.scale > 0.25 ? 24 : height, height > 26 && p.scale > 0.25 ? [6, 6, 0, 0] : 6);
    c.fill();
    c.globalAlpha = 1;
    if (p.scale > 0.25) {
        c.textAlign = "center";
        c.font = TITLE;
        c.fillStyle = gone ? p.colours.soft : "#fff";
        c.fillText(fitText(p.ruler, titleOf(node), TITLE, width - 14), x + width / 2, y + 16.5);
        drawRows(p, node.size.rows, x, y, width);
    }
    const share = p.most ? p.shareOf(node) / p.most : 0;
    if (share > 0.005 && p.scale > 0.25) {
        c.fillStyle = node.size.rows.length ? p.colours.heat : "#fff";
        c.fillRect(x + 5, y + height - 5, (width - 10) * share, 3);
    }
    c.lineWidth = 1;
    c.strokeStyle = gone ? p.colours.line : colour;
    c.setLineDash(gone ? [3, 3] : []);
    roundBox(c, x, y, width, height, 6);
    c.stroke();
    c.setLineDash([]);
    drawMarks(p, node, at);
}

/* Around what is chosen or found. */
function drawMarks(p, item, { x, y, width, height }) {
    const c = p.context, chosen = p.selected.has(item);
    const found = item.group ? !item.open && item.nodes.some((node) => p.found.has(node)) : p.found.has(item);
    if (!chosen && !found) return;
    c.strokeStyle = chosen ? p.colours.accent : p.colours.found;
    c.lineWidth = (chosen ? 3 : 2) / Math.min(1, p.scale * 1.4);
    roundBox(c, x - 3, y - 3, width + 6, height + 6, 8);
    c.stroke();
}

function drawClosed(p, group, at) {
    const c = p.context, { x, y, width, height } = at;
    c.strokeStyle = p.colours.rim;
    c.fillStyle = p.colours.group;
    c.lineWidth = 1;
    for (const shift of [3, 0]) {
        roundBox(c, x + shift, y + shift, width, height, 7);
        c.fill();
        c.stroke();
    }
    if (p.scale > 0.25) {
        c.textAlign = "center";
        c.font = TITLE;
        c.fillStyle = p.colours.ink;
        c.fillText(fitText(p.ruler, "\u25b8 " + group.label, TITLE, width - 14), x + width / 2, y + 17);
        drawRows(p, group.size.rows, x, y, width);
    }
    const share = p.total ? group.nodes.reduce((sum, node) => sum + p.shareOf(node), 0) / p.total : 0;
    if (share > 0.005) {
        c.fillStyle = p.colours.heat;
        c.fillRect(x + 5, y + height - 5, (width - 10) * share, 3);
    }
    drawMarks(p, group, at);
}

function drawOpen(p, group, at) {
    const c = p.context;
    c.fillStyle = p.colours.inside;
    c.strokeStyle = p.colours.rim;
    c.lineWidth = 1;
    roundBox(c, at.x, at.y, at.width, at.height, 9);
    c.fill();
    c.stroke();
    drawGroup(p, group.layout, at.x, at.y);
    if (p.scale > 0.25) {
        c.textAlign = "left";
        c.font = TITLE;
        c.fillStyle = p.colours.soft;
        c.fillText(fitText(p.ruler, "\u25be " + group.label, TITLE, at.width - 16), at.x + 9, at.y + 17);
    }
    drawMarks(p, group, at);
}

function drawGroup(p, layout, dx, dy) {
    drawLines(p, layout, dx, dy, false);
    drawLines(p, layout, dx, dy, true);
    for (const { item, x, y, width, height } of layout.items) {
        const at = { x: x + dx, y: y + dy, width, height };
        if (at.y > p.box.bottom || at.y + height + 4 < p.box.top || at.x > p.box.right || at.x + width < p.box.left) continue;
        if (!item.group) drawNode(p, item, at);
        else if (item.open) drawOpen(p, item, at);
        else drawClosed(p, item, at);
        p.drawn++;
    }
    if (p.scale > 0.45) drawShapes(p, layout, dx, dy);
}
