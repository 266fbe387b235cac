// A run answers in its place. Without this script, its link opens the same page with the answer in it.
const announcer = document.getElementById("announcer");

function fetchDocument(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // unlike a parser of text, it needs no trusted type
    request.open("GET", url);
    request.setRequestHeader("Accept", "text/html");
    request.responseType = "document";
    request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : reject(new Error(`${request.status}`)));
    request.onerror = () => reject(new Error("no answer"));
    request.send();
  });
}

async function run(link) {
  const name = link.id.slice("run-".length);
  link.textContent = "Running…";
  try {
    const page = await fetchDocument(link.href);
    const result = page.getElementById(`result-${name}`);
    const part = document.importNode(result.closest("tr") ?? result, true);
    const old = document.getElementById(`result-${name}`);
    (old?.closest("tr") ?? old)?.remove();
    (link.closest("tr") ?? link.closest("p")).after(part);
    announcer.textContent = `Answered: ${[...part.querySelectorAll(".status")].map((each) => each.textContent).join(", then ")}`;
    history.replaceState(null, "", link.href);
    link.textContent = "Run again";
  } catch (error) {
    link.textContent = "Run";
    announcer.textContent = `The server could not run it: ${error.message}`;
    location.assign(link.href); // the browser shows what is wrong
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.runs");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  run(link);
});
