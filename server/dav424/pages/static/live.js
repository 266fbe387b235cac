// What all live pages share: elements from JSON, forms without a new page, progress, and a way to stop.
export const ELEMENTS = "application/vnd.dav424.elements+json";
const live = document.createElement("p");
live.className = "visually-hidden";
live.setAttribute("role", "status");
document.body.append(live);

// Says a sentence to a screen reader.
export function say(text) {
  live.textContent = text;
}

// Makes an element from [name, attributes, children]. Handlers and other schemes never become attributes.
export function build([name, attributes, children]) {
  if (/^(script|iframe|object|embed|base|style|link|meta)$/i.test(name)) return document.createTextNode("");
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (/^on/i.test(key) || key === "style" || key === "srcdoc") continue;
    if (/^(href|src|action|formaction)$/i.test(key) && !/^(https?:$|[^:]*$)/.test(new URL(value, location).protocol)) continue;
    element.setAttribute(key, value);
  }
  element.append(...children.map((child) => (typeof child === "string" ? child : build(child))));
  return element;
}

// Finds an element by its id, in the form in which an answer has it.
export function find([name, attributes, children], id) {
  if (attributes.id === id) return [name, attributes, children];
  for (const child of children) {
    const found = typeof child === "string" ? null : find(child, id);
    if (found) return found;
  }
  return null;
}

// Replaces the content of the page by that of an answer.
export function show(page) {
  document.title = page.title;
  const main = document.querySelector("main");
  main.replaceChildren(...page.main[2].map((child) => (typeof child === "string" ? child : build(child))));
}

export function get(url, signal) {
  return fetch(url, { headers: { Accept: ELEMENTS }, credentials: "same-origin", signal });
}

let running = null;

// Stops what is under way; says whether there was something.
export function stop() {
  running?.abort();
  return running !== null;
}

// Sends a form, with its progress beside it; resolves when the page shows the answer.
export async function send(form, submitter) {
  stop();
  const controller = (running = new AbortController());
  const began = performance.now();
  const progress = document.querySelector("#progress") ?? live;
  const halt = Object.assign(document.createElement("button"), { type: "button", id: "stop", textContent: "Stop" });
  halt.addEventListener("click", () => controller.abort());
  const words = document.createElement("span");
  const tick = setInterval(() => {
    words.textContent = ` Working, ${((performance.now() - began) / 1000).toFixed(1)} s `;
    if (!words.isConnected) progress.replaceChildren(words, halt);
  }, 200);
  try {
    const answer = await fetch(form.getAttribute("action") ?? location.href, {
      method: "POST",
      headers: { Accept: ELEMENTS },
      body: new URLSearchParams(new FormData(form, submitter)),
      signal: controller.signal,
    });
    show(await answer.json());
    return true;
  } catch (error) {
    progress.textContent = error.name === "AbortError" ? " Stopped." : ` No answer: ${error.message}`;
    return false;
  } finally {
    clearInterval(tick);
    if (running === controller) running = null;
  }
}

// Remembers a switch, if the browser lets the page store something.
export function remember(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(`dav424.${name}`);
    localStorage.setItem(`dav424.${name}`, value);
  } catch {
    return null;
  }
  return value;
}

// Keeps the token of the admin API until the tab is closed, if the browser lets the page store something.
export function keepToken(main) {
  const token = main.querySelector("#token");
  try {
    if (token?.value) sessionStorage.setItem("dav424.token", token.value);
  } catch {
    // The browser stores nothing for this page; the form has the token.
  }
}

// Fills in the token that was kept.
export function restoreToken(main) {
  const token = main.querySelector("#token");
  try {
    if (token && !token.value) token.value = sessionStorage.getItem("dav424.token") ?? "";
  } catch {
    // The reader types it again.
  }
}
