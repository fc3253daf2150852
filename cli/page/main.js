/* Puts the page together. The part of the address behind # says how it opens: theme=dark, show=after, open=all or none, find=TEXT,
 * select=NODE, joined by &. */

function readColours(data) {
    const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue("--" + name).trim();
    const names = ["canvas", "card", "group", "inside", "ink", "soft", "faint", "rim", "line", "accent", "found", "heat", "end"];
    const colours = Object.fromEntries(names.map((name) => [name, colour(name)]));
    return Object.assign(colours, { paper: colours.canvas, kinds: data.kinds.map((kind) => kind.colour) });
}

function setTheme(page, theme) {
    document.documentElement.dataset.theme = theme;
    for (const pane of page.panes) {
        pane.colours = readColours(page.data);
        schedule(pane);
    }
}

function readData() {
    const data = JSON.parse(document.getElementById("data").textContent);
    data.before = readGraph(data.graphs[0]);
    data.after = readGraph(data.graphs[1]);
    data.profiled = data.steps.some((step) => step.ms !== undefined);
    data.totalMs = data.steps.reduce((sum, step) => sum + (step.ms || 0), 0);
    const kinds = new Map(data.graphs.flatMap((g) => g.nodes.map((n) => [n.op, n.kind])));
    data.kindOf = (op) => (kinds.has(op) ? kinds.get(op) : data.kinds.length - 1);
    linkSteps(data.after, data.steps, data.values);
    linkTwins(data.before, data.after);
    return data;
}

/* The item and, in the other pane, what it became or came from. */

function select(page, item, from) {
    const graphOf = (node) => (page.panes[0].graph === node.graph ? page.panes[0] : page.panes[1]);
    const pane = item && !item.group ? graphOf(item) : from, twins = item && !item.group ? item.twins : [];
    for (const p of page.panes) {
        p.selected = new Set(p === pane && item ? [item] : twins);
        p.lit = new Set([...p.selected].flatMap((n) => (n.group ? [] : n.inputs.concat(n.outputs).filter(Boolean))));
        schedule(p);
    }
    const after = pane === page.panes[1];
    showPanel(page.panel, item, after, page.data.steps.length > 0, (next) => go(page, next));
    const cover = matchMedia("(max-width: 820px)").matches ? page.panel.offsetHeight : 0;
    for (const p of page.panes) {
        p.cover = cover;
        resize(p);
    }
    const shown = !item || item.group ? [] : after ? [item] : twins;
    lightMemory(page.data, new Set(shown.flatMap((n) => n.outputs.filter(Boolean))));
    const steps = new Set(shown.flatMap((n) => n.steps.map((s) => s.number)));
    for (const row of document.querySelectorAll("#steps tbody tr")) row.classList.toggle("lit", steps.has(Number(row.dataset.step)));
    return { pane, twins };
}

/* Selects a node and brings it into view, in both panes; null: selects nothing. */
function go(page, item) {
    const { pane, twins } = select(page, item, null);
    if (!item) return;
    if (pane !== page.panes[page.shown]) show(page, page.panes.indexOf(pane));
    for (const p of page.panes) {
        const target = p === pane ? item : twins[0];
        if (target) centreOn(p, target);
    }
    const frame = document.querySelector(".panes").getBoundingClientRect();
    if (frame.bottom < 80 || frame.top > innerHeight - 80) document.getElementById("graphs").scrollIntoView({ behavior: "smooth" });
    measure(page);
}

/* A click: the other pane follows, this one stays. */
function choose(page, item, pane) {
    const { twins } = select(page, item, pane);
    const other = page.panes[1 - page.panes.indexOf(pane)];
    if (item && twins[0]) centreOn(other, twins[0]);
    measure(page);
}

/* Which pane a narrow page shows. */
function show(page, index) {
    page.shown = index;
    document.querySelector(".panes").dataset.only = index ? "after" : "before";
    for (const button of document.querySelectorAll("[data-show]")) button.ariaPressed = String((button.dataset.show === "after") === Boolean(index));
    for (const pane of page.panes) resize(pane);
}

function openAll(page, open) {
    for (const pane of page.panes) {
        for (const group of allGroups(pane.root)) group.open = open;
        relayout(pane);
        if (pane.width) showTop(pane);
    }
    measure(page);
}

/* What is shown, as attributes of the body: for tests, and who is curious. main adds milliseconds: ready, from its start; opened, from that
 * of the page. */
function measure(page) {
    const [before, after] = page.panes;
    Object.assign(document.body.dataset, {
        beforeNodes: page.data.before.count, afterNodes: page.data.after.count, beforeShown: shownCount(before.root), afterShown: shownCount(after.root),
        beforeGroups: allGroups(before.root).length, afterGroups: allGroups(after.root).length,
    });
}

function find(page, text) {
    const wanted = text.trim().toLowerCase(), list = document.getElementById("results"), hits = [];
    const matches = (node) => [node.op, node.name].concat(node.epilogue.map((e) => e.op), node.outputs.filter(Boolean).map((v) => v.name))
        .some((word) => word.toLowerCase().includes(wanted));
    for (const pane of page.panes.slice().reverse()) {
        const found = wanted ? pane.graph.nodes.filter(matches) : [];
        pane.found = new Set(found);
        for (const node of found) hits.push(node);
        schedule(pane);
    }
    page.hits = hits;
    page.hit = -1;
    list.replaceChildren(...hits.slice(0, 100).map((node) => {
        const item = element("li", node.end ? node.op : opText(node));
        item.append(element("small", (node.graph === page.data.after ? "after: " : "before: ") + node.name));
        item.onpointerdown = () => go(page, node);
        return item;
    }));
    list.hidden = !hits.length || document.activeElement !== document.getElementById("search");
    document.getElementById("hits").textContent = wanted ? String(hits.length) : "";
    document.body.dataset.hits = wanted ? String(hits.length) : "";
}

function stepHits(page, by) {
    if (!page.hits.length) return;
    page.hit = (page.hit + by + page.hits.length) % page.hits.length;
    const list = document.getElementById("results");
    [...list.children].forEach((item, i) => item.classList.toggle("at", i === page.hit));
    if (list.children[page.hit]) list.children[page.hit].scrollIntoView({ block: "nearest" });
    go(page, page.hits[page.hit]);
}

function listenToBar(page) {
    const search = document.getElementById("search"), list = document.getElementById("results");
    search.oninput = () => find(page, search.value);
    search.onfocus = () => (list.hidden = !page.hits.length);
    search.onblur = () => (list.hidden = true);
    search.onkeydown = (event) => {
        if (event.key === "Enter" || event.key === "ArrowDown") stepHits(page, event.shiftKey ? -1 : 1);
        else if (event.key === "ArrowUp") stepHits(page, -1);
        else if (event.key === "Escape") search.blur();
        else return;
        event.preventDefault();
    };
    const zoom = (factor) => page.panes.forEach((p) => p.width && zoomAt(p, p.width / 2, p.height / 2, factor));
    const actions = { open: () => openAll(page, true), close: () => openAll(page, false), in: () => zoom(1.25), out: () => zoom(0.8), fit: () => page.panes.forEach((p) => p.width && showAll(p)) };
    for (const button of document.querySelectorAll("[data-do]")) button.onclick = actions[button.dataset.do];
    for (const button of document.querySelectorAll("[data-show]")) button.onclick = () => show(page, button.dataset.show === "after" ? 1 : 0);
    document.getElementById("theme").onclick = () => setTheme(page, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    document.addEventListener("keydown", (event) => {
        if (event.key !== "/" || /^(input|textarea)$/i.test(event.target.tagName)) return;
        search.focus();
        event.preventDefault();
    });
}

function openAsAddressed(page) {
    const words = new URLSearchParams(location.hash.slice(1)), dark = matchMedia("(prefers-color-scheme: dark)");
    setTheme(page, words.get("theme") || (dark.matches ? "dark" : "light"));
    dark.addEventListener("change", () => setTheme(page, dark.matches ? "dark" : "light"));
    show(page, words.get("show") === "before" ? 0 : 1);
    if (words.has("open")) openAll(page, words.get("open") === "all");
    if (words.has("find")) {
        document.getElementById("search").value = words.get("find");
        find(page, words.get("find"));
    }
    const wanted = words.get("select"), node = wanted && (page.data.after.byName.get(wanted) || page.data.before.byName.get(wanted));
    if (node) go(page, node);
}

function addPane(page, name, graph) {
    const tree = buildTree(graph), canvas = document.querySelector("[data-pane=" + name + "] canvas");
    openLevels(tree, 70);
    const pane = makePane(canvas, tree, page.look, name === "before", (item, from) => choose(page, item, from));
    pane.graph = graph;
    pane.shareOf = page.data.profiled && name === "after" ? (node) => node.ms : (node) => node.macs;
    pane.most = graph.nodes.reduce((most, node) => Math.max(most, pane.shareOf(node)), 0);
    pane.total = graph.nodes.reduce((sum, node) => sum + pane.shareOf(node), 0);
    page.panes.push(pane);
}

function main() {
    const started = performance.now(), data = readData(), ruler = makeRuler();
    const page = { data, panes: [], panel: document.getElementById("panel"), look: Object.assign(makeLook(ruler), { ruler }), hits: [], hit: -1, shown: 1 };
    tellAbout(data);
    tellFacts(data, data.before, data.after);
    tellWork(data);
    tellLegend(data);
    show(page, page.shown);
    addPane(page, "before", data.before);
    addPane(page, "after", data.after);
    document.getElementById("before-text").textContent = "as in the file \u00b7 " + data.before.count + " nodes";
    document.getElementById("after-text").textContent = "with " + data.chosen + " \u00b7 " + data.after.count + " nodes" + (data.steps.length ? " \u00b7 " + data.steps.length + " steps" : "");
    listenToBar(page);
    openAsAddressed(page);
    tellMemory(data, (node) => go(page, node), (value) => {
        page.panes[1].lit = new Set(value ? [value] : []);
        schedule(page.panes[1]);
    });
    tellPasses(data);
    tellSteps(data, (node) => go(page, node));
    measure(page);
    document.body.dataset.ready = (performance.now() - started).toFixed(0);
    document.body.dataset.opened = performance.now().toFixed(0);
    return page;
}
