#!/bin/sh
# sard inspect --html and --dot: the files that are written, without a browser.
. "$SARD_SOURCE/tests/cli/support.sh"

# page_of MODEL OPTION...: its page is $dir/page.html
page_of() {
    expect 0 inspect "$@" --html "$dir/page.html"
    silent
    [ ! -s "$dir/out" ] || fail "$what: printed $(cat "$dir/out")"
}

# holds FILE TEXT
holds() { grep -qF -- "$2" "$1" || fail "$what: no '$2' in the file"; }

# Nothing is loaded: no address but the SVG namespace, no source, link or import that is not in the file.
loads_nothing() {
    grep -oE "https?://[^\"' ]*" "$1" | grep -vx "http://www.w3.org/2000/svg" && fail "$what: an address"
    grep -nE "<(link|img|iframe|object|embed)[^>]*(src|href|data)=\"[^d\"]|@import|url\(|fetch\(|XMLHttpRequest|innerHTML|eval\(" "$1" &&
        fail "$what: something that loads, or makes markup of text"
    holds "$1" "default-src 'none'"
}

# The data is JSON in UTF-8 and says what the expression asks for.
data_has() {
    python3 - "$dir/page.html" "$1" <<'EOF' || fail "$what: not $1"
import json, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))
before, after = data["graphs"]
sys.exit(not eval(sys.argv[2]))
EOF
}

page_of "$here/colour.onnx"
for text in "<!DOCTYPE html>" "<title>colour</title>" 'name="viewport"' "<svg xmlns" 'data-place="0"' "</html>"; do
    holds "$dir/page.html" "$text"
done
grep -q "{{" "$dir/page.html" && fail "a word of the template is left"
loads_nothing "$dir/page.html"
data_has 'len(before["nodes"]) == 5 and sorted(node["op"] for node in before["nodes"]).count("Conv") == 1'
data_has 'sum(node["macs"] for node in before["nodes"]) == data["macs"] == 588'
data_has 'any(node["epilogue"] == [{"op": "Relu", "name": "relu"}] for node in after["nodes"])'
data_has 'all(step["kernel"] and "ms" not in step for step in data["steps"]) and len(data["values"]) > 0'
data_has 'before["values"][before["inputs"][0]]["shape"] == [1, 3, 8, 8]'
data_has 'any(value.get("constant") for value in before["values"])'
[ "$(wc -c <"$dir/page.html")" -lt 200000 ] || fail "a page of five nodes has over 200 kB"
cp "$dir/page.html" "$dir/first.html"
page_of "$here/colour.onnx"
cmp "$dir/first.html" "$dir/page.html" || fail "the same model gave two pages"
expect 0 inspect "$here/colour.onnx" --html -
cmp "$dir/out" "$dir/page.html" || fail "--html - writes another page"

page_of "$here/colour.onnx" --profile
data_has 'all(step["ms"] >= 0 for step in data["steps"])'
page_of "$here/colour.onnx" --set N=3 -O0
data_has 'data["chosen"] == "-O0" and data["passes"] == []  and data["macs"] == 3 * 588 and len(after["nodes"]) == 5'
page_of "$here/colour.onnx" --passes fuse_activation --stop-after 1
data_has 'data["chosen"] == "--passes fuse_activation --stop-after 1" and [p["edits"] for p in data["passes"]] == [1] and not any(n["epilogue"] for n in before["nodes"])'
expect 0 inspect "$here/colour.onnx" --html "$dir/page.html" --memory-svg "$dir/memory.svg"
holds "$dir/memory.svg" "</svg>"
holds "$dir/page.html" "</html>"

page_of "$here/hostile.onnx"
loads_nothing "$dir/page.html"
for text in "<img" "<svg onload" "<!--<script" "</style>/"; do
    grep -qF -- "$text" "$dir/page.html" && fail "$text of a model's name got into the page"
done
[ "$(grep -c '</script>' "$dir/page.html")" = 2 ] || fail "a name ends a script"
[ "$(grep -c '</svg>' "$dir/page.html")" = 1 ] || fail "a name ends the drawing"
data_has 'before["nodes"][0]["name"].startswith("</script><img src=x onerror=")'
data_has '"{{memory}}</svg>" in [value["name"] for value in after["values"]]'

refuses "no such dimension" inspect "$here/colour.onnx" --html "$dir/none.html" --set M=1
refuses "/no/such/folder" inspect "$here/colour.onnx" --html /no/such/folder/page.html
refuses "Frobnicate" inspect "$here/unknown.onnx" --html "$dir/none.html"
refuses "--profile goes with --html" inspect "$here/colour.onnx" --profile
[ ! -e "$dir/none.html" ] || fail "a command that failed wrote a file"

expect 0 inspect "$here/colour.onnx" --dot
prints 'label="Relu'
prints 'label="[N, 3, 8, 8]"'
expect 0 inspect "$here/colour.onnx" --dot="$dir/graph.dot" -O2
holds "$dir/graph.dot" 'label="Conv+Relu'
expect 0 inspect "$here/hostile.onnx" --dot
prints 'tooltip="</script><img src=x onerror=\"document.title='
if command -v dot >"$dir/which"; then
    dot -Tsvg "$dir/out" >"$dir/graph.svg" 2>"$dir/err" || fail "Graphviz: $(cat "$dir/err")"
fi
finish
