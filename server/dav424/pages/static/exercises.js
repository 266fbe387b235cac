// Exercises: the form answers in its place, and the progress stays in this browser. Without this script, forms and links do it.
const KEY = "dav424.learn";

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { solved: kept.solved && typeof kept.solved === "object" ? kept.solved : {}, space: String(kept.space ?? "") };
  } catch {
    return { solved: {}, space: "" }; // storage is blocked, or holds something else
  }
}

function save(progress) {
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // the page works without storage; the space in the URL keeps the progress for an hour
  }
}

function postDocument(form) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // unlike a parser of text, it needs no trusted type
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.responseType = "document";
    request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : reject(new Error(`${request.status}`)));
    request.onerror = () => reject(new Error("no answer"));
    request.send(new URLSearchParams(new FormData(form)).toString());
  });
}

function remember(grade) {
  const progress = load();
  progress.space = grade.dataset.space;
  if ("solved" in grade.dataset) progress.solved[grade.dataset.number] ??= new Date().toISOString();
  save(progress);
}

async function submit(form) {
  const button = form.querySelector("button.main");
  button.disabled = true;
  button.textContent = "Sending…";
  try {
    const page = await postDocument(form);
    for (const id of ["grade", "outcome"]) document.getElementById(id).replaceWith(document.importNode(page.getElementById(id), true));
    form.elements.begun.value = "yes";
    const grade = document.getElementById("grade");
    remember(grade);
    history.replaceState(null, "", `?space=${grade.dataset.space}`);
    const status = document.querySelector("#outcome .status").textContent;
    document.getElementById("announcer").textContent = `${status}. ${"solved" in grade.dataset ? "Solved." : "Not solved yet."}`;
    document.querySelector("#outcome h2").focus();
  } catch {
    form.submit(); // the browser shows what is wrong
  } finally {
    button.disabled = false;
    button.textContent = "Send";
  }
}

function exercisePage(form, grade) {
  if (form.elements.begun.value) remember(grade);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

function listPage(list) {
  const progress = load();
  for (const item of list.children) {
    const { number } = item.dataset;
    if ("solved" in item.dataset) progress.solved[number] ??= new Date().toISOString();
    item.querySelector(".chip").hidden = !progress.solved[number];
    const link = item.querySelector("a");
    if (progress.space && !link.search) link.search = `?space=${encodeURIComponent(progress.space)}`;
  }
  save(progress);
  const numbers = [...list.children].map((item) => item.dataset.number);
  document.getElementById("summary").textContent = `You have solved ${numbers.filter((number) => progress.solved[number]).length} of ${numbers.length}.`;
  const file = new Blob([JSON.stringify({ "dav424-progress": 1, solved: progress.solved }, null, 2)], { type: "application/json" });
  document.getElementById("export").href = URL.createObjectURL(file);
  document.getElementById("progress").hidden = false;
}

async function bringIn(file, list) {
  const summary = document.getElementById("summary");
  try {
    const kept = JSON.parse(await file.text());
    if (kept["dav424-progress"] !== 1) throw new Error();
    const progress = load();
    for (const [number, at] of Object.entries(kept.solved)) {
      if (/^[0-9]{1,2}$/.test(number) && !Number.isNaN(Date.parse(at))) progress.solved[number] ??= String(at);
    }
    save(progress);
    listPage(list);
  } catch {
    summary.textContent = "This file is no progress that these pages exported.";
  }
}

const form = document.getElementById("bench");
const list = document.getElementById("list");
if (form) exercisePage(form, document.getElementById("grade"));
if (list) {
  listPage(list);
  document.getElementById("import").addEventListener("change", (event) => bringIn(event.target.files[0], list));
  document.getElementById("forget").addEventListener("click", () => {
    for (const item of list.children) delete item.dataset.solved;
    save({ solved: {}, space: "" });
    listPage(list);
  });
}
