/* A pane: a graph that can be moved and zoomed, with mouse, fingers and keys; what is clicked on is told to `chosen`. */

const LEAST_SCALE = 0.02, MOST_SCALE = 3;

/* fade: nodes without a twin are pale. cover: how much of its height the panel hides. chosen(item, pane): called with a node or group, or null. */

function makePane(canvas, root, look, fade, chosen) {
    const pane = { canvas, root, look, fade, chosen, x: 0, y: 0, scale: 1, selected: new Set(), lit: new Set(), found: new Set(), most: 0, total: 0, shareOf: null, cover: 0, due: 0 };
    layoutGroup(root, look);
    listenToPointers(pane);
    canvas.addEventListener("wheel", (event) => turnWheel(pane, event), { passive: false });
    canvas.addEventListener("keydown", (event) => pressKey(pane, event));
    canvas.addEventListener("dblclick", (event) => zoomAt(pane, event.offsetX, event.offsetY, 1.6));
    new ResizeObserver(() => resize(pane)).observe(canvas);
    resize(pane);
    return pane;
}

function resize(pane) {
    const first = !pane.width, { clientWidth, clientHeight } = pane.canvas;
    if (!clientWidth || (clientWidth === pane.width && clientHeight === pane.height)) return;
    pane.width = clientWidth;
    pane.height = clientHeight;
    pane.canvas.width = clientWidth * devicePixelRatio;
    pane.canvas.height = clientHeight * devicePixelRatio;
    if (first) showTop(pane);
    if (pane.wanted) centreOn(pane, pane.wanted);
    paint(pane);
}

/* The whole width, if it can be read so, from the top. */
function showTop(pane) {
    const { width } = pane.root.layout;
    pane.scale = Math.max(0.45, Math.min(1, (pane.width - 40) / width));
    pane.x = (pane.width - width * pane.scale) / 2;
    pane.y = 20;
    if (width * pane.scale > pane.width) {
        const first = pane.root.layout.items.reduce((top, at) => (at.y < top.y ? at : top));
        pane.x = pane.width / 2 - (first.x + first.width / 2) * pane.scale;
    }
    keepInside(pane);
}

function showAll(pane) {
    const { width, height } = pane.root.layout;
    pane.scale = Math.max(LEAST_SCALE, Math.min(1, (pane.width - 30) / width, (pane.height - 30) / height));
    pane.x = (pane.width - width * pane.scale) / 2;
    pane.y = (pane.height - height * pane.scale) / 2;
    schedule(pane);
}

/* Half of the pane may be empty at most. */
function keepInside(pane) {
    const { width, height } = pane.root.layout, w = width * pane.scale, h = height * pane.scale;
    pane.x = Math.min(pane.width / 2, Math.max(pane.width / 2 - w, pane.x));
    pane.y = Math.min(Math.max(24, (pane.height - h) / 2), Math.max(Math.min((pane.height - h) / 2, pane.height - h - 24), pane.y));
}

function schedule(pane) {
    if (pane.due || !pane.width) return;
    pane.due = requestAnimationFrame(() => paint(pane));
}

function paint(pane) {
    const c = pane.canvas.getContext("2d"), s = pane.scale;
    cancelAnimationFrame(pane.due);
    pane.due = 0;
    if (!pane.width || !pane.colours) return;
    c.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    c.fillStyle = pane.colours.paper;
    c.fillRect(0, 0, pane.width, pane.height);
    c.translate(pane.x, pane.y);
    c.scale(s, s);
    const box = { left: -pane.x / s, top: -pane.y / s, right: (pane.width - pane.x) / s, bottom: (pane.height - pane.y) / s };
    const painter = Object.assign({}, pane, { context: c, box, ruler: pane.look.ruler, drawn: 0 });
    drawGroup(painter, pane.root.layout, 0, 0);
    pane.drawn = painter.drawn;
}

function zoomAt(pane, x, y, factor) {
    const scale = Math.max(LEAST_SCALE, Math.min(MOST_SCALE, pane.scale * factor)), real = scale / pane.scale;
    pane.x = x - (x - pane.x) * real;
    pane.y = y - (y - pane.y) * real;
    pane.scale = scale;
    keepInside(pane);
    schedule(pane);
}

/* Whether it moved. */
function moveBy(pane, dx, dy) {
    const { x, y } = pane;
    pane.x += dx;
    pane.y += dy;
    keepInside(pane);
    schedule(pane);
    return Math.abs(pane.x - x) + Math.abs(pane.y - y) > 0.5;
}

/* The wheel moves the graph, then the page; with Ctrl, as pinching a touchpad says, it zooms. */
function turnWheel(pane, event) {
    const unit = event.deltaMode === 1 ? 18 : 1;
    if (event.ctrlKey || event.metaKey) {
        zoomAt(pane, event.offsetX, event.offsetY, Math.exp(-event.deltaY * unit * 0.004));
        event.preventDefault();
    } else if (moveBy(pane, -(event.shiftKey ? event.deltaY : event.deltaX) * unit, event.shiftKey ? 0 : -event.deltaY * unit)) event.preventDefault();
}

function pressKey(pane, event) {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60], PageUp: [0, pane.height * 0.8], PageDown: [0, -pane.height * 0.8] };
    if (moves[event.key]) moveBy(pane, ...moves[event.key]);
    else if (event.key === "+" || event.key === "=") zoomAt(pane, pane.width / 2, pane.height / 2, 1.25);
    else if (event.key === "-") zoomAt(pane, pane.width / 2, pane.height / 2, 0.8);
    else if (event.key === "0") showAll(pane);
    else if (event.key === "Home") showTop(pane), schedule(pane);
    else if (event.key === "Escape") pane.chosen(null, pane);
    else return;
    event.preventDefault();
}

/* One pointer moves, two zoom; one that did not move chooses. */
function listenToPointers(pane) {
    const down = new Map();
    let moved = 0;
    const canvas = pane.canvas;
    canvas.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        canvas.setPointerCapture(event.pointerId);
        if (!down.size) moved = 0;
        down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    });
    canvas.addEventListener("pointermove", (event) => {
        const last = down.get(event.pointerId);
        if (!last) {
            const hit = hitTest(pane, event.offsetX, event.offsetY);
            canvas.style.cursor = hit ? "pointer" : "grab";
            canvas.title = hit ? (hit.item.group ? hit.item.path.join("/") : hit.item.name) : "";
            return;
        }
        const now = { x: event.offsetX, y: event.offsetY }, other = [...down].find(([id]) => id !== event.pointerId);
        moved += Math.hypot(now.x - last.x, now.y - last.y);
        if (other) {
            const o = other[1], factor = Math.hypot(now.x - o.x, now.y - o.y) / Math.max(1, Math.hypot(last.x - o.x, last.y - o.y));
            zoomAt(pane, (now.x + o.x) / 2, (now.y + o.y) / 2, factor);
            moveBy(pane, (now.x - last.x) / 2, (now.y - last.y) / 2);
            moved += 10;
        } else if (moved > 4) moveBy(pane, now.x - last.x, now.y - last.y);
        down.set(event.pointerId, now);
    });
    const lift = (event) => {
        if (!down.delete(event.pointerId) || moved > 4 || event.type === "pointercancel") return;
        const hit = hitTest(pane, event.offsetX, event.offsetY);
        if (hit && hit.toggles) toggle(pane, hit.item);
        else pane.chosen(hit ? hit.item : null, pane);
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
}

/* The item under a point of the pane; toggles: it opens or closes a group. */
function hitTest(pane, px, py) {
    const find = (layout, x, y) => {
        for (const at of layout.items) {
            if (x < at.x || x > at.x + at.width || y < at.y || y > at.y + at.height) continue;
            if (!at.item.group) return { item: at.item, toggles: false };
            if (!at.item.open) return { item: at.item, toggles: true };
            return find(at.item.layout, x - at.x, y - at.y) || (y - at.y < HEAD ? { item: at.item, toggles: true } : null);
        }
        return null;
    };
    return find(pane.root.layout, (px - pane.x) / pane.scale, (py - pane.y) / pane.scale);
}

/* Where an item lies in its graph; what hides it must be open. */
function placeOf(pane, item) {
    const find = (layout) => {
        for (const at of layout.items) {
            if (at.item === item) return { x: at.x, y: at.y, width: at.width, height: at.height };
            const inside = at.item.group && at.item.open && find(at.item.layout);
            if (inside) return { x: inside.x + at.x, y: inside.y + at.y, width: inside.width, height: inside.height };
        }
        return null;
    };
    return find(pane.root.layout);
}

function relayout(pane) {
    layoutGroup(pane.root, pane.look);
    if (pane.width) keepInside(pane);
    schedule(pane);
}

/* What was clicked on stays where it is. */
function toggle(pane, group) {
    const before = placeOf(pane, group);
    group.open = !group.open;
    layoutGroup(pane.root, pane.look);
    const after = placeOf(pane, group);
    pane.x += (before.x + before.width / 2 - after.x - after.width / 2) * pane.scale;
    pane.y += (before.y - after.y) * pane.scale;
    pane.chosen(group, pane);
    keepInside(pane);
    schedule(pane);
}

/* Opens what hides an item and brings it to the middle. */
function centreOn(pane, item) {
    let hidden = false;
    for (let group = item.parent; group; group = group.parent) {
        hidden = hidden || !group.open;
        group.open = true;
    }
    if (hidden) layoutGroup(pane.root, pane.look);
    pane.wanted = pane.width ? null : item;
    if (!pane.width) return;
    const at = placeOf(pane, item);
    pane.scale = Math.max(pane.scale, 0.7);
    pane.x = pane.width / 2 - (at.x + at.width / 2) * pane.scale;
    pane.y = (pane.height - pane.cover) / 2 - (at.y + at.height / 2) * pane.scale;
    keepInside(pane);
    schedule(pane);
}
