/* The parts of the page around the graphs: what the model is, where the work goes, the memory, the steps. */

function tellAbout(data) {
    const m = data.metadata, words = [];
    if (m.opset) words.push("opset " + m.opset);
    if (m.producer_name) words.push("from " + [m.producer_name, m.producer_version].filter(Boolean).join(" "));
    const ends = (list) => list.map((v) => v.name + " " + v.dtype + " " + shapeText(v.shape)).join(", ");
    words.push("in " + ends(data.inputs), "out " + ends(data.outputs));
    document.getElementById("title").textContent = data.title;
    document.getElementById("about").textContent = [words.join(" \u00b7 "), (m.doc_string || "").slice(0, 500)].filter(Boolean).join(" \u00b7 ");
    if (data.why) document.getElementById("about").append(element("br"), "No plan: " + data.why);
    else if (data.shapes) document.getElementById("about").append(element("br"), "Planned for " + data.shapes);
}

function tellFacts(data, before, after) {
    const facts = [[human(data.parameters), "parameters"], [data.macs === null ? "" : human(data.macs), "multiply-adds"], [before.count + " \u2192 " + after.count, "nodes before, after"]];
    if (data.steps.length) {
        facts.push([String(data.steps.length), "steps of a run"], [human(data.arena_bytes, "B"), "arena, " + human(data.scratch_bytes, "B") + " scratch"]);
        facts.push([human(data.weight_bytes, "B"), "weights in place"], [human(data.packed_bytes, "B"), "weights packed"]);
    }
    if (data.profiled) facts.push([milliseconds(data.totalMs), "sum of the steps"]);
    for (const [number, text] of facts.filter((f) => f[0])) {
        const tile = element("div");
        tile.append(element("b", number), element("span", text));
        document.getElementById("facts").append(tile);
    }
}

/* A strip of what each operator takes of a sum, largest first. */

function addStrip(data, title, shareOf, format) {
    const sums = new Map();
    let total = 0;
    for (const step of data.steps) {
        sums.set(step.op, (sums.get(step.op) || 0) + shareOf(step));
        total += shareOf(step);
    }
    if (!total) return;
    const box = element("div", undefined, "share"), head = element("h4", title), strip = element("div", undefined, "strip"), list = element("ul");
    head.append(element("span", format(total)));
    const sorted = [...sums].sort((a, b) => b[1] - a[1]), large = sorted.filter(([, sum]) => sum >= 0.005 * total);
    const rest = sorted.slice(large.length), restSum = rest.reduce((all, [, sum]) => all + sum, 0);
    if (restSum > 0.0005 * total) large.push([rest.length > 1 ? "others" : rest[0][0], restSum]);
    for (const [op, sum] of large) {
        const part = element("i"), item = element("li"), dot = element("i", undefined, "dot"), text = op + " " + ((100 * sum) / total).toFixed(1) + "\u00a0%";
        part.style.flexGrow = String(sum / total);
        part.style.background = dot.style.background = data.kinds[data.kindOf(op)].colour;
        part.title = text;
        strip.append(part);
        item.append(dot, text);
        list.append(item);
    }
    box.append(head, strip, list);
    document.getElementById("work").append(box);
}

function tellWork(data) {
    if (data.profiled) addStrip(data, "Time by operator", (step) => step.ms, milliseconds);
    addStrip(data, "Multiply-adds by operator", (step) => step.macs, (n) => human(n));
    addStrip(data, "Bytes read and written by operator", (step) => step.bytes, (n) => human(n, "B"));
}

function tellLegend(data) {
    const legend = document.getElementById("legend"), used = new Set(data.graphs.flatMap((g) => g.nodes.map((n) => n.kind)));
    data.kinds.forEach((kind, i) => {
        if (!used.has(i)) return;
        const entry = element("span"), dot = element("i", undefined, "dot");
        dot.style.background = kind.colour;
        entry.append(dot, kind.name);
        legend.append(entry);
    });
    const bar = element("span"), dot = element("i", undefined, "dot"), by = data.profiled ? "time" : "multiply-adds";
    dot.style.background = "var(--heat)";
    bar.append(dot, "share of " + by);
    legend.append(bar, element("span", "pale, dashed: gone after the passes"), element("span", "wheel moves, Ctrl and wheel zooms"));
}

function signed(number, unit) {
    return number ? (number > 0 ? "+" : "\u2212") + human(Math.abs(number), unit) : "";
}

function tellPasses(data) {
    const done = data.passes.filter((pass) => pass.edits), section = document.getElementById("passes"), head = element("tr");
    if (!done.length) return;
    const edits = done.reduce((sum, pass) => sum + pass.edits, 0), idle = data.passes.length - done.length;
    section.hidden = false;
    document.getElementById("passes-text").textContent = "What made the graph after of the graph before: " + edits + " edits by " + done.length +
        " passes" + (idle ? "; " + idle + " others found nothing to do." : ".");
    for (const name of ["pass", "edits", "nodes", "MACs", "bytes moved", "what it does"]) head.append(element("th", name, /^(pass|what)/.test(name) ? "" : "number"));
    section.querySelector("thead").append(head);
    for (const pass of done) {
        const row = element("tr");
        row.append(element("td", pass.name), element("td", String(pass.edits), "number"), element("td", signed(pass.nodes_added), "number"));
        row.append(element("td", signed(pass.macs_added), "number"), element("td", signed(pass.bytes_added, "B"), "number"), element("td", pass.reason));
        section.querySelector("tbody").append(row);
    }
}

/* go(node): shows a node; hover(value or null): lights it in the graph. */
function tellMemory(data, go, hover) {
    const section = document.getElementById("memory"), svg = section.querySelector("svg"), hint = document.getElementById("memory-hint");
    if (!svg) return;
    section.hidden = false;
    document.getElementById("memory-text").textContent = "Where the " + data.values.length + " values of a run lie in the arena of " +
        human(data.arena_bytes, "B") + ": steps go to the right, addresses up. Pale: in the memory of another.";
    const placeAt = (event) => {
        const box = event.target.closest("g[data-place]");
        return box ? data.values[Number(box.dataset.place)] : null;
    };
    svg.addEventListener("pointerover", (event) => {
        const place = placeAt(event);
        hint.textContent = place ? place.name + " (" + place.op + "): " + placeText(place) : "\u00a0";
        hover(place ? place.value : null);
    });
    svg.addEventListener("pointerleave", () => hover(null));
    svg.addEventListener("click", (event) => {
        const place = placeAt(event);
        if (place && place.value && place.value.producer) go(place.value.producer);
    });
}

function lightMemory(data, values) {
    for (const box of document.querySelectorAll(".drawing g[data-place]")) {
        const place = data.values[Number(box.dataset.place)];
        box.classList.toggle("lit", Boolean(place && place.value && values.has(place.value)));
    }
}

/* head, text of a cell, what it is sorted by where that is a number */
function stepColumns(data) {
    const columns = [
        ["#", (s) => String(s.number), (s) => s.number],
        ["operator", (s) => [s.op].concat(s.epilogue).join(" + ")],
        ["name", (s) => s.name],
        ["result", (s) => shapeText(s.output_shapes[0])],
        ["MACs", (s) => (s.macs ? human(s.macs) : ""), (s) => s.macs],
        ["bytes", (s) => human(s.bytes, "B"), (s) => s.bytes],
        ["kernel", (s) => s.backend + " / " + s.kernel],
        ["why", (s) => s.reason || ""],
    ];
    if (data.profiled) columns.splice(4, 0, ["time", (s) => milliseconds(s.ms), (s) => s.ms], ["share", (s) => (100 * s.share).toFixed(1) + "\u00a0%", (s) => s.share]);
    return columns;
}

function fillSteps(data, columns, body, go) {
    body.replaceChildren();
    for (const step of data.sorted) {
        const row = element("tr");
        row.dataset.step = step.number;
        for (const [, text, number] of columns) row.append(element("td", text(step), number ? "number" : ""));
        row.onclick = () => step.node && go(step.node);
        body.append(row);
    }
}

function tellSteps(data, go) {
    if (!data.steps.length) return;
    const section = document.getElementById("steps"), columns = stepColumns(data), body = section.querySelector("tbody"), head = element("tr");
    let by = -1, up = true;
    section.hidden = false;
    data.sorted = data.steps.slice();
    columns.forEach(([name, text, number], i) => {
        const cell = element("th", undefined, number ? "number" : ""), button = element("button", name);
        button.type = "button";
        button.onclick = () => {
            up = by === i ? !up : !number || i === 0;
            by = i;
            data.sorted.sort((a, b) => (number ? number(a) - number(b) : text(a).localeCompare(text(b))) * (up ? 1 : -1) || a.number - b.number);
            [...head.children].forEach((other, k) => (other.ariaSort = k === i ? (up ? "ascending" : "descending") : null));
            fillSteps(data, columns, body, go);
        };
        cell.append(button);
        head.append(cell);
    });
    section.querySelector("thead").append(head);
    fillSteps(data, columns, body, go);
}
