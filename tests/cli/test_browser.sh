#!/bin/sh
# The page of sard inspect --html in a browser. Skipped without Chromium.
. "$SARD_SOURCE/tests/cli/support.sh"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "no Chromium: the page is not opened"
    exit 77
}

# opens FRAGMENT SIZE: what became of $dir/page.html is in $dir/dom
opens() {
    what="the page with #$1 at $2"
    "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$dir/profile" --window-size="$2" --virtual-time-budget=5000 \
        --enable-logging=stderr --dump-dom "file://$dir/page.html#$1" >"$dir/dom" 2>"$dir/err" || fail "$what: the browser: $(tail -n 3 "$dir/err")"
    grep CONSOLE "$dir/err" && fail "$what: the console says something"
    grep -q "<body[^>]* data-ready=" "$dir/dom" || fail "$what: it did not get ready"
}

# has TEXT: in the page as the browser has it
has() { grep -qF -- "$1" "$dir/dom" || fail "$what: no '$1' in $(grep -o '<body[^>]*>' "$dir/dom")"; }
# number KEY: of the body's data attributes
number() { grep -o "<body[^>]*>" "$dir/dom" | sed -n "s/.* data-$1=\"\([0-9]*\)\".*/\1/p"; }

# Among what is shown no two boxes overlap, all lie in their group, and lines go down; a click closes and opens a group, and chooses a node;
# keys and the wheel move, a pinch zooms. The result is a data attribute.
checks=$(cat <<'EOF'
const rounding = 0.01;
function problems(layout, name) {
    const found = [], apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
    layout.items.forEach((a, i) => {
        if (a.x < -rounding || a.y < 0 || a.x + a.width > layout.width + rounding || a.y + a.height > layout.height) found.push(name + ": out of its group");
        if (layout.items.slice(i + 1).some((b) => !apart(a, b))) found.push(name + ": an overlap");
        if (a.item.group && a.item.open) found.push(...problems(a.item.layout, a.item.label));
    });
    if (layout.lines.some((line) => line.y2 < line.y1 || !Number.isFinite(line.x1 + line.x2))) found.push(name + ": a line that goes up");
    return found;
}
function press(pane, at, id, type) {
    const box = pane.canvas.getBoundingClientRect();
    pane.canvas.setPointerCapture = () => {};
    pane.canvas.dispatchEvent(new PointerEvent(type, { pointerId: id, clientX: box.left + at[0], clientY: box.top + at[1], bubbles: true }));
}
function click(pane, item) {
    centreOn(pane, item);
    const at = placeOf(pane, item), point = [pane.x + (at.x + 12) * pane.scale, pane.y + (at.y + 12) * pane.scale];
    press(pane, point, 1, "pointerdown");
    press(pane, point, 1, "pointerup");
}
function check() {
    const found = [], expect = (good, text) => good || found.push(text), pane = page.panes[1].width ? page.panes[1] : page.panes[0];
    for (const p of page.panes) found.push(...problems(p.root.layout, "root"));
    const group = allGroups(pane.root).find((g) => g.parent === pane.root), node = pane.graph.nodes.find((n) => !n.end);
    if (group) {
        const was = group.open, shown = shownCount(pane.root);
        click(pane, group);
        expect(group.open !== was && shownCount(pane.root) !== shown, "a click does not toggle a group");
        click(pane, group);
        expect(group.open === was && shownCount(pane.root) === shown, "a click does not toggle it back");
    }
    click(pane, node);
    expect(!page.panel.hidden && page.panel.textContent.includes(node.name), "a click does not show the node");
    const scale = pane.scale, y = pane.y;
    press(pane, [100, 100], 1, "pointerdown");
    press(pane, [140, 140], 2, "pointerdown");
    press(pane, [180, 180], 2, "pointermove");
    for (const id of [1, 2]) press(pane, [100, 100], id, "pointerup");
    expect(pane.scale > scale, "a pinch does not zoom");
    pane.y = y;
    const wheels = [200, -200].map((deltaY) => {
        pane.canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, cancelable: true }));
        return pane.y;
    });
    expect(wheels.some((at) => at !== y), "the wheel does not move");
    paint(pane);
    expect(pane.drawn > 0, "nothing is drawn");
    expect(document.documentElement.scrollWidth <= innerWidth, "the page is wider than the window");
    document.body.dataset.problems = found.join("; ") || "none";
}
setTimeout(() => check(), 500);
EOF
)

# page_of MODEL OPTION...: its page, which also checks itself
page_of() {
    expect 0 inspect "$@" --html "$dir/plain.html"
    { sed '/^const page = main();$/q' "$dir/plain.html" && echo "$checks" && echo "</script></body></html>"; } >"$dir/page.html"
}

page_of "$here/colour.onnx" --profile
opens "" 1600,1000
has 'data-problems="none"'
has 'Time by operator'
has 'fuse_activation'
[ "$(number before-nodes)" = 5 ] || fail "$what: $(number before-nodes) nodes, not 5"
opens "find=relu&select=conv&theme=dark&show=before" 390,844
has 'data-problems="none"'
has 'data-theme="dark"'
has 'data-only="before"'
[ "$(number hits)" -gt 0 ] || fail "$what: nothing is found"

page_of "$here/hostile.onnx"
opens "open=all" 1200,900
has 'data-problems="none"'
has "<title>hostile</title>"
grep -qE "<img|<svg onload" "$dir/dom" && fail "$what: a model's name became an element"

# Groups by scopes, and the long graphs that the page is for.
for network in mobilenet_v2 inception_v3 densenet121; do
    "$SARD" zoo $network -o "$dir/$network.onnx" 2>"$dir/err" || {
        echo "$network is not in the zoo"
        continue
    }
    page_of "$dir/$network.onnx"
    opens "open=all" 1600,1000
    has 'data-problems="none"'
    all=$(number after-shown)
    [ "$all" -gt "$(number after-nodes)" ] || fail "$what: not all nodes are shown"
    opens "open=none" 390,844
    has 'data-problems="none"'
    [ "$(number after-groups)" -gt 0 ] && [ "$(number after-shown)" -lt "$all" ] || fail "$what: closing hides nothing"
done

# The largest network, whose scopes are those of its parameters: within two seconds, one of three times where the machine is busy.
python=$SARD_SOURCE/.venv/bin/python
[ -x "$python" ] || python=python3
nets=$SARD_SOURCE/../shared/nets/make_nets.py
if [ -f "$nets" ] && "$python" "$nets" -o "$dir" swin_t >"$dir/out" 2>"$dir/err"; then
    page_of "$dir/swin_t.onnx"
    for try in 1 2 3; do
        opens "open=all" 1600,1000
        opened=$(number opened)
        [ "$opened" -ge 2000 ] || break
    done
    echo "swin_t: open after $opened ms"
    [ "$opened" -lt 2000 ] || fail "$what: open after $opened ms"
    has 'data-problems="none"'
    [ "$(number before-nodes)" = 720 ] && [ "$(number after-groups)" -gt 40 ] || fail "$what: $(grep -o '<body[^>]*>' "$dir/dom")"
else
    echo "swin_t can't be made here: that part is left out"
fi
finish
