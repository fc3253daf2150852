/* All about a node, or a group of them, beside the graphs. Texts from the model are only ever set as text. */

function element(tag, text, className) {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    return e;
}

function link(text, go) {
    const a = element("a", text);
    a.tabIndex = 0;
    a.onclick = go;
    a.onkeydown = (event) => event.key === "Enter" && go();
    return a;
}

function addRows(parent, title, rows) {
    const kept = rows.filter(([, text]) => text !== undefined && text !== null && text !== "");
    if (!kept.length) return;
    if (title) parent.append(element("h4", title));
    const list = element("dl");
    for (const [name, text] of kept) {
        const cell = element("dd");
        cell.append(text);
        list.append(element("dt", name), cell);
    }
    parent.append(list);
}

/* others: nodes at the other end. */

function valueItem(value, others, go) {
    const item = element("li"), facts = element("small", value.dtype + " " + shapeText(value.shape));
    item.append(element("span", value.name, "mono"), facts);
    if (value.constant !== undefined) facts.textContent += ", constant of " + human(value.constant, "B");
    if (value.elements !== undefined) item.append(element("code", value.elements));
    if (value.place) facts.textContent += ", " + placeText(value.place);
    for (const node of others) {
        const line = element("small");
        line.append(link((node.end ? node.op + " " : opText(node) + " ") + node.name, () => go(node)));
        item.append(line);
    }
    return item;
}

function placeText(place) {
    const where = place.owner === place.name ? "" : " within " + place.owner;
    return human(place.bytes, "B") + " of the arena at " + place.offset + where + ", steps " + place.first_step + " to " + place.last_step;
}

function addValues(parent, title, values, othersOf, go) {
    const there = values.filter(Boolean);
    if (!there.length) return;
    parent.append(element("h4", title));
    const list = element("ul");
    for (const value of there.slice(0, 60)) list.append(valueItem(value, othersOf(value), go));
    if (there.length > 60) list.append(element("li", "and " + (there.length - 60) + " more"));
    parent.append(list);
}

/* Why a node of the planned graph has no step of its own. */
function whyNoStep(node) {
    if (node.joined) return "runs within step " + node.joined.number + ", " + node.joined.op + " " + node.joined.name;
    const place = node.outputs[0] && node.outputs[0].place;
    if (place && place.owner !== place.name) return "none: its result is the memory of " + place.owner;
    return "none: known before the run, or another name for the same memory";
}

function addSteps(parent, node) {
    if (!node.steps.length) addRows(parent, "Step", [["step", whyNoStep(node)]]);
    for (const step of node.steps) {
        addRows(parent, "Step " + step.number, [
            ["kernel", step.backend + " / " + step.kernel],
            ["reason", step.reason],
            ["time", step.ms === undefined ? "" : milliseconds(step.ms) + ", " + (100 * step.share).toFixed(1) + " %"],
            ["MACs", step.macs !== node.macs ? human(step.macs) : ""],
            ["moves", human(step.bytes, "B")],
            ["runs also", step.joined.join(", ")],
        ]);
    }
}

function addTwins(parent, node, isAfter, go) {
    if (node.end) return;
    parent.append(element("h4", isAfter ? "Before the passes" : "After the passes"));
    if (!node.twins.length) parent.append(element("p", isAfter ? "Made by a pass." : "Gone: its result is known, or nobody needs it."));
    const list = element("ul");
    for (const twin of node.twins) {
        const item = element("li");
        item.append(link(opText(twin) + " ", () => go(twin)), element("small", twin.name));
        list.append(item);
    }
    parent.append(list);
}

function describeNode(panel, node, isAfter, planned, go) {
    panel.append(element("h3", node.end ? node.op : opText(node)), element("p", node.name, "mono"));
    addRows(panel, "", [
        ["domain", node.domain],
        ["layout", node.layout === "nhwc" ? "NHWC" : ""],
        ["MACs", node.macs ? human(node.macs) : ""],
        ["parameters", node.parameters ? human(node.parameters) : ""],
    ]);
    if (isAfter && planned && !node.end) addSteps(panel, node);
    addRows(panel, "Attributes", Object.entries(node.attrs));
    addRows(panel, "Fused", node.epilogue.map((e) => [e.op, e.name]));
    addValues(panel, "Inputs", node.inputs, (value) => (value.producer ? [value.producer] : []), go);
    addValues(panel, "Outputs", node.outputs, (value) => value.users.slice(0, 20), go);
    addTwins(panel, node, isAfter, go);
}

function describeGroup(panel, group) {
    panel.append(element("h3", group.label), element("p", group.path.join("/"), "mono"));
    addRows(panel, "", [
        ["nodes", String(group.nodes.length)],
        ["MACs", group.macs ? human(group.macs) : ""],
        ["parameters", group.parameters ? human(group.parameters) : ""],
        ["time", group.ms ? milliseconds(group.ms) : ""],
        ["operators", opSummary(group.nodes, 100)],
    ]);
}

/* Shows an item; null hides the panel. */
function showPanel(panel, item, isAfter, planned, go) {
    panel.replaceChildren();
    panel.hidden = !item;
    if (!item) return;
    const close = element("button", "\u00d7", "close");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.onclick = () => go(null);
    panel.append(close);
    if (item.group) describeGroup(panel, item);
    else describeNode(panel, item, isAfter, planned, go);
    panel.scrollTop = 0;
}
