// Prove all: one request for each scenario, so that results come one by one and a button stops it. Without this script, the
// form gets a page that grows.
import { ELEMENTS, build, find, keepToken, restoreToken, say, show } from "./live.js";

const main = document.querySelector("main");
let running = null;

const rows = () => [...main.querySelectorAll("#proofs > li")];
const count = (...states) => rows().filter((row) => states.includes(row.dataset.state)).length;

function summary(begin) {
  const parts = [`${count("proven")} of ${rows().length} proven`];
  for (const state of ["not proven", "not tried"]) if (count(state)) parts.push(`${count(state)} ${state}`);
  return `${begin}${parts.join(", ")}.`;
}

function mark(row, state) {
  row.dataset.state = state;
  const chip = Object.assign(document.createElement("span"), { className: "chip quiet", textContent: state });
  row.querySelector(".chip").replaceWith(chip);
}

async function prove(form, row, signal) {
  const body = new URLSearchParams(new FormData(form));
  body.set("scenario", row.dataset.name);
  const answer = await fetch(form.action, { method: "POST", headers: { Accept: ELEMENTS }, body, signal });
  const content = await answer.json();
  const fresh = find(content.main, row.id);
  if (!fresh) throw new Error(`${answer.status} ${answer.statusText}`);
  if (fresh[1]["data-state"] === "waiting") return content; // the page names the right that the reader lacks
  main.querySelector("#missing")?.remove();
  row.replaceWith(build(fresh));
  return null;
}

async function proveAll(form) {
  const [button, halt, bar, note] = ["button.main", "#stop", "#bar", "#note"].map((each) => form.querySelector(each));
  const controller = (running = new AbortController());
  keepToken(main);
  const rest = (row) => ["waiting", "not tried"].includes(row.dataset.state);
  if (!rows().some(rest)) for (const row of rows()) mark(row, "waiting"); // once more, from the beginning
  main.querySelector("#streaming")?.remove();
  main.querySelector("#summary")?.remove();
  button.disabled = true;
  halt.hidden = bar.hidden = false;
  halt.focus();
  let ending = "";
  try {
    for (const row of rows().filter(rest)) {
      bar.value = count("proven", "not proven");
      note.textContent = `Proving ${row.dataset.name}, ${bar.value + 1} of ${rows().length}.`;
      const refusal = await prove(form, row, controller.signal);
      if (refusal) {
        show(refusal);
        restoreToken(main);
        return;
      }
      const result = document.getElementById(row.id);
      if (result.dataset.state === "not tried") {
        ending = `${result.querySelector("li").textContent} `;
        break;
      }
    }
  } catch (error) {
    ending = error.name === "AbortError" ? "Stopped. " : `No answer: ${error.message}. `;
  } finally {
    running = null;
    button.disabled = false;
    halt.hidden = true;
  }
  bar.value = count("proven", "not proven");
  button.textContent = rows().some(rest) ? "Continue" : "Prove all again";
  note.textContent = summary(ending);
  for (const row of main.querySelectorAll('[data-state="not proven"]')) {
    const link = Object.assign(document.createElement("a"), { href: `#${row.id}`, textContent: row.dataset.name });
    note.append(" ", link);
  }
  say(note.textContent);
  button.focus();
}

main.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running) proveAll(event.target);
});
main.addEventListener("click", (event) => event.target.id === "stop" && running?.abort());
document.addEventListener("keydown", (event) => event.key === "Escape" && running?.abort());
restoreToken(main);
