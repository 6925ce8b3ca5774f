package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// TestPage opens the report of a hostile run and uses it as a person would.
func TestPage(t *testing.T) {
	ctx := browser(t)
	const people = 300
	path := run(t, people, "--async")
	trouble := watch(t, ctx, address(path))
	for _, width := range []int64{360, 800, 1400} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			open(t, ctx, path, width)
			want(t, ctx, "people at once", `document.querySelectorAll("#list tbody tr").length`, 50)
			want(t, ctx, "nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`, true)
			want(t, ctx, "nothing is wider than its frame", wide, "")
			want(t, ctx, "nothing hostile has run", `document.title.startsWith("run: ")`, true)
			want(t, ctx, "nothing hostile is an element", `document.querySelectorAll("img").length`, 0)
			useFilters(t, ctx)
			useOrder(t, ctx)
			usePages(t, ctx, people)
		})
	}
	open(t, ctx, path, 1000)
	if pdf := printed(t, ctx); !bytes.HasPrefix(pdf, []byte("%PDF-")) || bytes.Count(pdf, []byte("/Type /Page\n")) < 3 {
		t.Errorf("printed: %d bytes", len(pdf))
	}
	for _, found := range trouble.list {
		t.Error(found)
	}
}

func useFilters(t *testing.T, ctx context.Context) {
	t.Helper()
	want(t, ctx, "those who failed come first", text("#list tbody tr .chip"), "failed")
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("[name=search]"), "FAILS training"))
	want(t, ctx, "a search finds", count, "8 of 300 people")
	want(t, ctx, "and nobody else", `[...document.querySelectorAll("#list tbody .user")].every((u) => u.textContent.startsWith("fails.training"))`, true)
	reset(t, ctx)
	for _, name := range hostile {
		fillIn(t, ctx, "search", strings.ReplaceAll(name, " ", "  "))
		want(t, ctx, "it is itself and nothing else: "+name, text("#list tbody .user"), name)
	}
	reset(t, ctx)
	fillIn(t, ctx, "standing", "pending")
	want(t, ctx, "an outcome", `[...new Set([...document.querySelectorAll("#list tbody .chip")].map((c) => c.textContent))].join()`, "pending")
	fillIn(t, ctx, "platform", ask(t, ctx, chromedp.Evaluate[string](`[...document.querySelector("[name=platform]")].find((o) => o.text === "training").value`)))
	fillIn(t, ctx, "standing", "failed")
	want(t, ctx, "an outcome on a platform", count, "8 of 300 people")
	fillIn(t, ctx, "search", "nobody is called that")
	want(t, ctx, "nobody", count, "Nobody fits.")
	reset(t, ctx)
	do(t, ctx, chromedp.Click(chromedp.CSS(`.tiles a[data-standing=failed]`)))
	want(t, ctx, "a tile chooses", `document.querySelector("[name=standing]").value`, "failed")
	reset(t, ctx)
}

func useOrder(t *testing.T, ctx context.Context) {
	t.Helper()
	row := chromedp.CSS("th[data-sort=row] button")
	do(t, ctx, chromedp.Click(row))
	want(t, ctx, "by row", text("#list tbody .number"), "1")
	want(t, ctx, "by row", `document.querySelector("th[data-sort=row]").getAttribute("aria-sort")`, "ascending")
	do(t, ctx, chromedp.Focus(row), chromedp.KeyEvent("\r"))
	want(t, ctx, "by row, by the keyboard", text("#list tbody .number"), "300")
	do(t, ctx, chromedp.Click(chromedp.CSS("th[data-sort=standing] button")))
	want(t, ctx, "by outcome again", text("#list tbody .chip"), "failed")
	want(t, ctx, "sorted by one column", `document.querySelectorAll("[aria-sort]").length`, 1)
}

func usePages(t *testing.T, ctx context.Context, people int) {
	t.Helper()
	do(t, ctx, chromedp.Click(chromedp.CSS("nav button[value=next]")))
	want(t, ctx, "the next page", text("#where"), "51 to 100")
	do(t, ctx, chromedp.Click(chromedp.CSS("nav button[value=last]")))
	want(t, ctx, "the last page", text("#where"), fmt.Sprintf("251 to %d", people))
	want(t, ctx, "the last page is the last", `document.querySelector("nav button[value=next]").disabled`, true)
	want(t, ctx, "the focus is not lost", `document.activeElement.value`, "first")
}

// wide names the tables and pictures that stick out of their section.
const wide = `[...document.querySelectorAll("section table:not(.scroll table), section svg:not(.scroll svg), section form")].filter((e) =>
  e.getBoundingClientRect().right > e.closest("section").getBoundingClientRect().right - 8).map((e) => e.id || e.getAttribute("class")).join()`

const count = `document.querySelector("#count").textContent`

func text(selector string) string {
	return fmt.Sprintf(`document.querySelector(%q)?.textContent ?? "nothing"`, selector)
}

// fillIn gives a field of the filter a value, as if somebody had.
func fillIn(t *testing.T, ctx context.Context, field, value string) {
	t.Helper()
	quoted, err := json.Marshal([]string{field, value})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, ctx, chromedp.Evaluate[bool](fmt.Sprintf(`((field, value) => {
		const f = document.querySelector("#filter").elements[field];
		f.value = value;
		return f.dispatchEvent(new Event("input", {bubbles: true}));
	})(...%s)`, quoted)))
}

func reset(t *testing.T, ctx context.Context) {
	t.Helper()
	do(t, ctx, chromedp.Click(chromedp.CSS("form button[type=reset]")))
	ask(t, ctx, chromedp.Poll[bool](count+` === "300 people"`))
}

func want[T comparable](t *testing.T, ctx context.Context, what, expression string, want T) {
	t.Helper()
	if got := ask(t, ctx, chromedp.Evaluate[T](expression)); got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// printed is the page on paper.
func printed(t *testing.T, ctx context.Context) []byte {
	t.Helper()
	return ask(t, ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
}

// TestAssistive: whatever can be used or is a picture has a name that a screen
// reader says.
func TestAssistive(t *testing.T) {
	ctx := browser(t)
	path := run(t, 120)
	open(t, ctx, path, 1000)
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role := strings.Trim(string(n.Role.Value), `"`)
		seen[role]++
		switch role {
		case "button", "link", "searchbox", "combobox", "image", "img", "heading", "table", "region", "navigation":
			if n.Name == nil || strings.Trim(string(n.Name.Value), `" `) == "" {
				t.Errorf("a %s has no name", role)
			}
		}
	}
	for _, role := range []string{"button", "link", "searchbox", "combobox", "image", "heading", "table", "columnheader", "rowheader", "main", "status"} {
		if seen[role] == 0 {
			t.Errorf("there is no %s; all: %v", role, seen)
		}
	}
	do(t, ctx, chromedp.KeyEvent("\t"))
	want(t, ctx, "the first stop of the keyboard is the way to the people", `document.activeElement.className`, "skip")
	want(t, ctx, "and it can be seen", `document.activeElement.getBoundingClientRect().left >= 0`, true)
}

// TestContrast: text can be read in light and dark, by the measure of WCAG 2.
func TestContrast(t *testing.T) {
	ctx := browser(t)
	path := run(t, 120, "--async")
	for _, scheme := range []string{"light", "dark"} {
		prefer(t, ctx, scheme)
		open(t, ctx, path, 1000)
		for _, p := range ask(t, ctx, chromedp.Evaluate[[]string](contrast)) {
			t.Errorf("%s: %s", scheme, p)
		}
	}
}

// contrast lists the texts whose colour stands out from what is behind it by
// less than 4.5 to 1. A canvas tells the colours, whatever their notation.
const contrast = `(() => {
  const pen = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
  const paint = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const c of colours) { pen.fillStyle = c; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const poor = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("script, noscript, template, option, title") || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const behind = [];
    for (let up = e; up; up = up.parentElement) behind.unshift(getComputedStyle(up).backgroundColor);
    const style = getComputedStyle(e), ink = e instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(paint(behind)), light(paint([...behind, ink]))].sort((a, b) => b - a);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) poor.add(e.tagName + "." + e.getAttribute("class") + " " + ratio.toFixed(2));
  }
  return [...poor];
})()`
