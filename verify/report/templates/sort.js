for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent.trim();
      const number = (text) => (text === "" ? NaN : Number(text));
      const compare = (a, b) => {
        const [x, y] = [number(key(a)), number(key(b))];
        if (Number.isNaN(x) || Number.isNaN(y)) return key(a).localeCompare(key(b), "en", { numeric: true });
        return x === y ? 0 : x < y ? -1 : 1;
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort((a, b) => (up ? compare(a, b) : compare(b, a))));
      table.classList.add("sorted");
    });
  });
}
