"use strict";
// Without this script the commands are there to be selected; with it, each has a button.
for (const box of document.querySelectorAll("[data-copy]")) {
  const code = box.querySelector("code");
  const button = box.querySelector("button");
  const told = document.getElementById("told");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const selection = window.getSelection();
    selection.selectAllChildren(code);
    let copied = false;
    try {
      await navigator.clipboard.writeText(code.textContent);
      copied = true;
    } catch {
      copied = document.execCommand("copy");
    }
    if (copied) selection.removeAllRanges();
    const name = button.dataset.name;
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    told.textContent = copied ? name + " copied" : name + " selected: press Ctrl+C to copy";
    setTimeout(() => { button.textContent = "Copy"; told.textContent = ""; }, 2500);
  });
}
