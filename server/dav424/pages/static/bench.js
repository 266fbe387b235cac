// The workbench: forms without a new page, the same thing marked in results and answer, keys, copying, sharing.
import { keepToken, remember, restoreToken, say, send, stop } from "./live.js";

const main = document.querySelector("main");
const KEYS = [
  ["Ctrl Enter", "run the request"],
  ["e", "edit the body"],
  ["c", "cure"],
  ["s", "send the very same bytes again"],
  ["r", "reset"],
  ["y", "copy as curl"],
  ["1 to 4", "go to a panel"],
  ["Esc", "stop, or close this help"],
  ["?", "this help"],
];

main.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-live]")) return;
  event.preventDefault();
  const action = event.submitter?.value ?? "run";
  keepToken(main);
  if (!(await send(form, event.submitter))) return;
  dress();
  const goal = action === "cure" ? document.querySelector('button[value="again"]') : document.querySelector("#panel-2");
  goal?.focus();
  const line = document.querySelector(".status-line");
  say(line ? line.textContent.replace(/\s+/g, " ") : "Done.");
});

// Marks a line of the results and its place in the answer together.
function light(event) {
  const from = event.target.closest?.("[data-line], [data-lines]");
  for (const lit of main.querySelectorAll(".lit")) lit.classList.remove("lit");
  if (!from) return;
  for (const number of (from.dataset.line ?? from.dataset.lines).split(" ")) {
    main.querySelector(`#line-${number} > .outcome`)?.classList.add("lit");
    for (const mark of main.querySelectorAll(`mark[data-lines~="${number}"]`)) mark.classList.add("lit");
  }
}
main.addEventListener("mouseover", light);
main.addEventListener("focusin", light);

// Adds what only a script can do: copying, and marks that the keyboard reaches.
function dress() {
  for (const text of main.querySelectorAll("[data-copy]")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
    button.addEventListener("click", () => copy(text.textContent, button));
    text.before(button);
  }
  const share = main.querySelector("#share");
  share?.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", share.href);
    copy(share.href, share);
  });
  restoreToken(main);
}

async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    say("Copied.");
  } catch {
    button.textContent = "The browser forbids copying";
  }
  setTimeout(() => (button.textContent = label), 1500);
}

function help() {
  let dialog = document.querySelector("#help");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "help";
    dialog.setAttribute("aria-labelledby", "help-title");
    const title = Object.assign(document.createElement("h2"), { id: "help-title", textContent: "Keys" });
    const list = document.createElement("dl");
    for (const [key, what] of KEYS) {
      const term = document.createElement("dt");
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      list.append(term, Object.assign(document.createElement("dd"), { textContent: what }));
    }
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: remember("keys") !== "off" });
    box.addEventListener("change", () => remember("keys", box.checked ? "on" : "off"));
    label.append(box, " Single letters are keys");
    const close = Object.assign(document.createElement("button"), { textContent: "Close" });
    close.addEventListener("click", () => dialog.close());
    dialog.append(title, list, label, close);
    document.body.append(dialog);
  }
  dialog.showModal();
}

function press(action) {
  main.querySelector(`button[value="${action}"]`)?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    press("run");
    return;
  }
  if (event.key === "Escape" && stop()) return;
  const busy = event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]");
  if (busy || event.target.closest("input, textarea, select")) return;
  if (event.key === "?") return help();
  if (remember("keys") === "off") return;
  if (/^[1-4]$/.test(event.key)) document.querySelector(`#panel-${event.key}`)?.focus();
  else if (event.key === "e") document.querySelector("#body")?.focus();
  else if (event.key === "y") copy(main.querySelector("#code-curl pre")?.textContent ?? "", main.querySelector(".codes summary"));
  else if ({ c: "cure", s: "again", r: "reset" }[event.key]) press({ c: "cure", s: "again", r: "reset" }[event.key]);
  else return;
  event.preventDefault();
});

dress();
