/* Which nodes belong together: a tree of groups, by scopes in names where there are any, else by the shape of the graph.
 *
 * A group may be drawn as one box only if no path leaves it and comes back; what is not so is cut into pieces that are. */

/* "/features/3/conv/Conv" lies in features, 3, conv. */

function scopeOfName(name) {
    return name.split("/").filter(Boolean).slice(0, -1);
}

/* The parameter features.3.conv.weight belongs to features, 3, conv. */
function scopeOfParameters(node) {
    for (const value of node.inputs)
        if (value && value.constant !== undefined && /^[A-Za-z_]\w*(\.\w+)+$/.test(value.name)) return value.name.split(".").slice(0, -1);
    return null;
}

function commonStart(a, b) {
    if (!a || !b) return a || b;
    let n = 0;
    while (n < a.length && n < b.length && a[n] === b[n]) n++;
    return a.slice(0, n);
}

function sources(node) {
    return node.inputs.filter((value) => value && value.producer).map((value) => value.producer);
}

function targets(node) {
    return node.outputs.flatMap((value) => (value ? value.users : []));
}

/* Nodes without a scope of their own lie where the nearest ones before and behind them both lie; where branches meet, where these came
 * from, if that says more. */
function inferScopes(nodes, known) {
    const earlier = known.slice(), later = known.slice(), scopes = [];
    for (const node of nodes) {
        const last = sources(node).reduce((a, b) => (earlier[b.id] && (!a || b.id > a.id) ? b : a), null);
        earlier[node.id] = known[node.id] || (last && earlier[last.id]);
    }
    for (const node of nodes.slice().reverse()) {
        const first = targets(node).reduce((a, b) => (later[b.id] && (!a || b.id < a.id) ? b : a), null);
        later[node.id] = known[node.id] || (first && later[first.id]);
    }
    for (const node of nodes.filter((n) => n.end || earlier[n.id])) {
        const between = commonStart(earlier[node.id], later[node.id]) || [], met = new Set(sources(node).filter((n) => scopes[n.id] && !n.end));
        const joined = met.size > 1 ? [...met].reduce((common, n) => commonStart(common, scopes[n.id]), null) : [];
        scopes[node.id] = node.end ? [] : known[node.id] || (joined.length > between.length ? joined : between);
    }
    /* What comes from no scope is made for its first reader. */
    for (const node of nodes.slice().reverse()) {
        const first = targets(node).reduce((a, b) => (!a || b.id < a.id ? b : a), null);
        scopes[node.id] = scopes[node.id] || (first && scopes[first.id]) || [];
    }
    return scopes;
}

function findScopes(nodes) {
    const inner = nodes.filter((node) => !node.end);
    const named = inner.filter((node) => node.name.includes("/")).length;
    if (2 * named >= inner.length)
        return inferScopes(nodes, nodes.map((node) => (!node.end && node.name.includes("/") ? scopeOfName(node.name) : null)));
    return inferScopes(nodes, nodes.map((node) => (node.end ? null : scopeOfParameters(node))));
}

/* Units of nodes in an order in which each stands behind those it needs, and close to them: each pulls in what it needs when its turn
 * comes, constants last. nexts: the units that read what one makes. */
function sortUnits(units, unitOf) {
    const nexts = new Map(units.map((unit) => [unit, new Set()])), before = new Map(units.map((unit) => [unit, []]));
    for (const unit of units)
        for (const node of unit.nodes)
            for (const user of targets(node)) {
                const other = unitOf.get(user);
                if (!other || other === unit || nexts.get(unit).has(other)) continue;
                nexts.get(unit).add(other);
                before.get(other).push(unit);
            }
    const isFed = (unit) => unit.nodes.some((node) => node.fed);
    const order = [], placed = new Set(), stack = units.filter((unit) => !nexts.get(unit).size).reverse();
    while (stack.length) {
        const unit = stack[stack.length - 1], missing = before.get(unit).filter((other) => !placed.has(other));
        if (missing.length) for (const other of missing.sort((a, b) => isFed(a) - isFed(b))) stack.push(other);
        else if (stack.pop() && !placed.has(unit)) {
            placed.add(unit);
            order.push(unit);
        }
    }
    return { order, nexts };
}

/* Merges the units of a key. phase: how often a path to a unit has left them and may come back; those of one phase may be one box. */
function mergeKey(units, unitOf, key) {
    const { order, nexts } = sortUnits(units, unitOf);
    const phase = new Map(order.map((unit) => [unit, 0])), merged = new Map(), result = [];
    for (const unit of order)
        for (const other of nexts.get(unit)) {
            const left = unit.key === key && other.key !== key ? 1 : 0;
            phase.set(other, Math.max(phase.get(other), phase.get(unit) + left));
        }
    for (const unit of order) {
        if (unit.key !== key) {
            result.push(unit);
            continue;
        }
        const p = phase.get(unit);
        if (!merged.has(p)) {
            merged.set(p, { key, nodes: [] });
            result.push(merged.get(p));
        }
        for (const node of unit.nodes) merged.get(p).nodes.push(node);
    }
    for (const piece of merged.values()) for (const node of piece.nodes) unitOf.set(node, piece);
    return result;
}

/* Merges neighbours of the same key in an order that holds: they are always one piece. */
function mergeRuns(order, unitOf) {
    const units = [];
    for (const unit of order) {
        const last = units[units.length - 1];
        if (!last || unit.key === null || last.key !== unit.key) {
            units.push(unit);
            continue;
        }
        for (const node of unit.nodes) {
            last.nodes.push(node);
            unitOf.set(node, last);
        }
    }
    return units;
}

/* Pieces, each in one box, in an order in which each stands behind those it needs. Nodes of the key null stay alone. */
function partition(nodes, keyOf) {
    const alone = nodes.map((node) => ({ key: keyOf(node), nodes: [node] })), unitOf = new Map(alone.map((unit) => [unit.nodes[0], unit]));
    let units = mergeRuns(sortUnits(alone, unitOf).order, unitOf);
    const counts = new Map();
    for (const unit of units) if (unit.key !== null) counts.set(unit.key, (counts.get(unit.key) || 0) + 1);
    for (const [key, count] of counts) if (count > 1) units = mergeKey(units, unitOf, key);
    return sortUnits(units, unitOf).order;
}

/* Between two places where only one value is alive lies a block. What does not come from the graph's inputs does not count: constants are
 * read everywhere. */
function cutBlocks(nodes) {
    const place = new Map(nodes.map((node, i) => [node, i])), last = nodes.map((_, i) => i), blocks = [];
    let from = 0, alive = [];
    nodes.forEach((node, i) => {
        for (const user of targets(node)) if (place.has(user)) last[i] = Math.max(last[i], place.get(user));
    });
    nodes.forEach((node, i) => {
        if (!node.fed) return;
        alive = alive.filter((k) => last[k] > i);
        if (last[i] > i) alive.push(i);
        if (alive.length > 1 || (alive.length === 1 && alive[0] !== i)) return;
        blocks.push(nodes.slice(from, i + 1));
        from = i + 1;
    });
    return from < nodes.length ? blocks.concat([nodes.slice(from)]) : blocks;
}

function opSummary(nodes, most) {
    const counts = new Map();
    for (const node of nodes) counts.set(node.op, (counts.get(node.op) || 0) + 1);
    const sorted = [...counts].sort((a, b) => b[1] - a[1]);
    const text = sorted.slice(0, most).map(([op, count]) => (count > 1 ? op + "\u00a0" + count : op)).join(", ");
    return sorted.length > most ? text + ", \u2026" : text;
}

/* block: it has no scope of its own, and its label says which operators there are. */
function makeGroup(parent, label, path, nodes) {
    const sum = (of) => nodes.reduce((total, node) => total + of(node), 0);
    return {
        group: true, parent, label, path, nodes, items: [], open: false, block: false,
        macs: sum((n) => n.macs), ms: sum((n) => n.ms), parameters: sum((n) => n.parameters),
    };
}

function addNodes(group, nodes) {
    for (const node of nodes) {
        node.parent = group;
        group.items.push(node);
    }
}

/* Nodes alone, or blocks of them where the list is long. */
function addFlat(group, nodes) {
    for (const block of nodes.length > 12 ? cutBlocks(nodes) : [nodes]) {
        if (block.length < 3 || block.length === nodes.length) {
            addNodes(group, block);
            continue;
        }
        const inner = makeGroup(group, opSummary(block, 2), group.path, block);
        inner.block = true;
        addNodes(inner, block);
        group.items.push(inner);
    }
}

/* A number says nothing without what it counts: features, 3 is features.3. */
function labelOf(parent, segment) {
    return parent.label && /^\d+$/.test(segment) ? parent.label + "." + segment : segment;
}

function fillGroup(group, depth, scopes) {
    const units = partition(group.nodes, (node) => (scopes[node.id].length > depth ? scopes[node.id][depth] : null));
    const seen = new Map(), flat = [];
    const flush = () => addFlat(group, flat.splice(0));
    for (const unit of units) {
        if (unit.nodes.length === 1) {
            flat.push(unit.nodes[0]);
            continue;
        }
        const path = scopes[unit.nodes[0].id].slice(0, depth + 1), again = (seen.get(unit.key) || 0) + 1;
        seen.set(unit.key, again);
        flush();
        if (unit.nodes.length === group.nodes.length) {
            group.path = path;
            group.label = group.parent ? labelOf(group, path[depth]) : group.label;
            fillGroup(group, depth + 1, scopes);
            continue;
        }
        const inner = makeGroup(group, labelOf(group, path[depth]) + (again > 1 ? " (" + again + ")" : ""), path, unit.nodes);
        fillGroup(inner, depth + 1, scopes);
        group.items.push(inner);
    }
    flush();
}

/* The tree; its root is always open. */
function buildTree(graph) {
    const root = makeGroup(null, "", [], graph.nodes);
    fillGroup(root, 0, findScopes(graph.nodes));
    root.open = true;
    return root;
}

function allGroups(group) {
    return group.items.filter((item) => item.group).flatMap((item) => [item].concat(allGroups(item)));
}

function shownCount(group) {
    return group.items.reduce((sum, item) => sum + (item.group && item.open ? shownCount(item) : 1), 0);
}

/* Opens whole levels, from the top, while at most `most` boxes are shown. */
function openLevels(root, most) {
    for (const group of allGroups(root)) group.open = false;
    for (let level = allGroups(root).filter((g) => g.parent === root); level.length; ) {
        for (const group of level) group.open = true;
        if (shownCount(root) > most) {
            for (const group of level) group.open = false;
            return;
        }
        level = level.flatMap((group) => group.items.filter((item) => item.group));
    }
}
