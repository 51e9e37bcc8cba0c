// Filters and sorts the overview, opens what a link leads to, and lights up a statement's place in the graph. Nothing needs it.
"use strict";
(() => {
  const table = document.querySelector("table.overview");
  const rows = [...table.tBodies[0].rows];
  const box = document.querySelector(".filter");
  const [words, verdicts] = [box.querySelector("input"), box.querySelector("select")];
  const told = box.querySelector("output");

  const filter = () => {
    const wanted = words.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = wanted.every((word) => text.includes(word));
      const asked = { "": true, run: !["not run", "not applicable"].includes(row.dataset.verdict) };
      row.hidden = !fits || !(asked[verdicts.value] ?? row.dataset.verdict === verdicts.value);
      shown += !row.hidden;
    }
    told.textContent = `${shown} of ${rows.length} shown`;
  };

  const sort = (column, button) => {
    const head = button.closest("th");
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[column].dataset.value;
    const compare = (a, b) => {
      const [left, right] = [value(a), value(b)];
      const numbers = Number(left) - Number(right);
      return Number.isNaN(numbers) ? left.localeCompare(right) : numbers;
    };
    rows.sort((a, b) => (down ? compare(b, a) : compare(a, b)));
    table.tBodies[0].append(...rows);
  };

  for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(column, button));
    head.replaceChildren(button);
  }
  for (const control of [words, verdicts]) control.addEventListener("input", filter);
  box.hidden = false;
  filter();

  // on a phone, what is long is opened by who wants it: the parts of the page are then at hand
  const narrow = matchMedia("(max-width: 46rem)");
  const fold = () => {
    for (const long of document.querySelectorAll("details.long:not(.shut)")) long.open = !narrow.matches;
  };
  narrow.addEventListener("change", fold);
  fold();

  const reveal = () => { // newer browsers open what an address leads into by themselves
    const place = document.getElementById(location.hash.slice(1));
    const closed = "details:not([open])";
    let folded = place?.closest(closed) ?? place?.querySelector(`:scope > ${closed}.long`);
    if (!folded) return;
    for (; folded; folded = folded.parentElement.closest(closed)) folded.open = true;
    place.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  const graph = document.querySelector("svg.graph");
  const light = (id) => {
    for (const edge of graph.querySelectorAll(".edge"))
      edge.classList.toggle("lit", id !== null && edge.dataset.of.split(" ").includes(id));
  };
  for (const node of graph.querySelectorAll(".node")) {
    for (const begin of ["mouseenter", "focus"])
      node.addEventListener(begin, () => light(node.dataset.id));
    for (const end of ["mouseleave", "blur"]) node.addEventListener(end, () => light(null));
  }
})();
