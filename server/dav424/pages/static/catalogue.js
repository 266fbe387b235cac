// Filters the list of scenarios while the reader types; without this script, the form does it.
const field = document.querySelector("#filter");
const count = document.querySelector("#count");
const items = [...document.querySelectorAll("[data-words]")];

field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of items) item.hidden = !words.every((word) => item.dataset.words.includes(word));
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = !group.querySelector("[data-words]:not([hidden])");
  }
  count.textContent = `${items.filter((item) => !item.hidden).length} of ${items.length}`;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    field.focus();
  }
});
