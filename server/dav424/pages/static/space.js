// The live journal: waits for the next exchange, and shows the list again. Without this script, a reload does it.
import { build, find, get, say, send } from "./live.js";

const main = document.querySelector("main");
const mount = document.documentElement.dataset.mount;

main.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-live]")) return;
  event.preventDefault();
  if (await send(event.target, event.submitter)) {
    const note = main.querySelector(".note");
    say(note ? note.textContent : "Done.");
  }
});

async function follow() {
  let wait = 1000;
  for (;;) {
    const list = document.querySelector("#exchanges");
    const live = document.querySelector("#live");
    if (!list || !live) return; // the page shows an error
    try {
      const query = `since=${list.dataset.newest}&wait=20s&newest=1`;
      const token = document.querySelector("input[name=token]")?.value;
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      live.textContent = "The list is live.";
      const answer = await fetch(`${mount}/-/spaces/${list.dataset.space}/journal?${query}`, { headers });
      if (!answer.ok) {
        live.textContent = `The list is not live: ${answer.status} ${answer.statusText}.`;
        return;
      }
      wait = 1000;
      if ((await answer.json()).entries.length === 0) continue;
      if (token) continue; // a reload with the token is a form; the reader sends it
      const page = await (await get(location.href)).json();
      const fresh = find(page.main, "exchanges");
      if (fresh) document.querySelector("#exchanges")?.replaceWith(build(fresh));
    } catch {
      live.textContent = "The server does not answer; trying again.";
      await new Promise((resolve) => setTimeout(resolve, (wait = Math.min(wait * 2, 30000))));
    }
  }
}

// A cleared journal counts from 1 again.
main.addEventListener("click", (event) => {
  if (["clear", "reset"].includes(event.target.value)) document.querySelector("#exchanges").dataset.newest = "0";
});

if (document.querySelector("#exchanges")) follow();
