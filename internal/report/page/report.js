"use strict";
(() => {
  const get = (id) => document.getElementById(id);
  const data = JSON.parse(get("data").textContent);
  const form = get("filter"), table = get("list"), body = table.tBodies[0], nav = get("pages");
  const perPage = 50, onPaper = 200;
  const number = new Intl.NumberFormat("en-US");
  const everybody = data.rows.map((_, i) => i);
  let found = everybody, page = 0, sort = { by: "standing", down: false };

  // What a person is searched by: without accents and case.
  const plain = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let keys;
  const key = (i) => {
    keys ??= everybody.map((k) => plain([data.users[k], data.names[k], data.reasons[data.reason[k]], data.remarks[data.remark[k]]].join("\n")));
    return keys[i];
  };

  // What a platform has said, or all of them together.
  const outcome = (i, platform) => {
    if (platform === "") return data.standings[data.standing[i]];
    return data.words[data.said[platform][i]].split(" ")[0];
  };

  const collator = new Intl.Collator("en", { numeric: true });
  const value = {
    user: (i) => data.names[i] || data.users[i],
    reason: (i) => data.reasons[data.reason[i]],
    standing: (i) => i, // as they come: who needs attention first
    attempts: (i) => data.attempts[i],
    at: (i) => data.at[i],
    row: (i) => data.rows[i],
  };

  function choose() {
    const { search, standing, platform } = form.elements;
    const parts = plain(search.value).split(/\s+/).filter(Boolean);
    const wanted = standing.value, on = platform.value;
    found = everybody.filter((i) => {
      const o = outcome(i, on);
      return (wanted === "" ? o !== "" : o === wanted) && parts.every((p) => key(i).includes(p));
    });
    order();
  }

  function order() {
    const of = value[sort.by], values = [];
    for (const i of found) values[i] = of(i);
    const text = sort.by === "user" || sort.by === "reason";
    const compare = text ? (a, b) => collator.compare(values[a], values[b]) : (a, b) => values[a] - values[b];
    found = [...found].sort((a, b) => (sort.down ? compare(b, a) : compare(a, b)) || a - b);
    page = 0;
    show();
  }

  function fill(tr, i) {
    const put = (selector, text) => { tr.querySelector(selector).textContent = text; };
    put(".name", data.names[i]);
    put(".user", data.users[i]);
    const chip = tr.querySelector(".chip"), standing = data.standings[data.standing[i]];
    chip.textContent = standing;
    chip.className = "chip " + standing;
    const said = tr.querySelector(".said");
    data.platforms.forEach((name, p) => {
      const word = data.words[data.said[p][i]];
      if (word === "") return;
      const li = document.createElement("li"), bdi = document.createElement("bdi"), span = document.createElement("span");
      li.className = word.split(" ")[0];
      bdi.textContent = name;
      span.textContent = word;
      li.append(bdi, " ", span);
      said.append(li);
    });
    put(".reason", data.reasons[data.reason[i]]);
    put(".remark", data.remarks[data.remark[i]]);
    put(".attempts", data.attempts[i] || "");
    put(".at", data.at[i] ? new Date(data.at[i] * 1000).toISOString().slice(0, 19).replace("T", " ") : "");
    put(".number", data.rows[i]);
    return tr;
  }

  function show(most = perPage) {
    const from = page * perPage, some = found.slice(from, from + most);
    body.replaceChildren(...some.map((i) => fill(get("row").content.firstElementChild.cloneNode(true), i)));
    const all = found.length === everybody.length;
    let text = all ? `${number.format(found.length)} people` : `${number.format(found.length)} of ${number.format(everybody.length)} people`;
    if (most > perPage && found.length > some.length) text += `; ${number.format(some.length)} of them are printed`;
    get("count").textContent = found.length ? text : "Nobody fits.";
    const last = Math.max(0, Math.ceil(found.length / perPage) - 1);
    nav.hidden = last === 0;
    get("where").textContent = `${number.format(from + 1)} to ${number.format(from + some.length)}`;
    for (const b of nav.querySelectorAll("button")) {
      b.disabled = b.value === "first" || b.value === "back" ? page === 0 : page === last;
    }
  }

  nav.addEventListener("click", (e) => {
    const last = Math.ceil(found.length / perPage) - 1;
    const to = { first: 0, back: page - 1, next: page + 1, last }[e.target.value];
    if (to === undefined) return;
    page = Math.min(Math.max(to, 0), last);
    show();
    // The button under the finger may be off now; the list stays in view.
    if (e.target.disabled) nav.querySelector("button:not(:disabled)").focus();
    table.scrollIntoView({ block: "start" });
  });

  for (const th of table.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(th.textContent);
    th.replaceChildren(button);
    button.addEventListener("click", () => {
      sort = { by: th.dataset.sort, down: sort.by === th.dataset.sort && !sort.down };
      for (const other of table.querySelectorAll("th[data-sort]")) other.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      order();
    });
  }

  for (const tile of document.querySelectorAll("a[data-standing]")) {
    tile.addEventListener("click", () => {
      form.reset();
      form.elements.standing.value = tile.dataset.standing;
      choose();
    });
  }

  form.addEventListener("input", choose);
  form.addEventListener("submit", (e) => e.preventDefault());
  form.addEventListener("reset", () => setTimeout(choose));
  addEventListener("beforeprint", () => { page = 0; show(onPaper); });
  addEventListener("afterprint", () => show());
  form.hidden = false;
  show();
})();
