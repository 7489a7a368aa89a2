// A little comfort; every page is complete without it.
"use strict";

// The list narrows while one types; without this, the Find button asks the server.
const search = document.querySelector(".search input");
const list = document.querySelector("[data-list]");
if (search && list) {
  const narrow = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of list.querySelectorAll("li")) {
      const said = item.dataset.words.toLowerCase();
      item.hidden = !words.every((word) => said.includes(word));
    }
    for (const group of list.querySelectorAll("[data-group]")) {
      const shown = group.querySelectorAll("li:not([hidden])").length;
      group.hidden = shown === 0;
      group.querySelector(".number").textContent = shown;
    }
  };
  search.addEventListener("input", narrow);
}

// Writing another moment chooses it.
const other = document.querySelector("[data-other]");
other?.addEventListener("input", () => {
  document.querySelector("input[name=at][value=other]").checked = true;
});

// The chosen scenario is brought into view in its list.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest" });

// A button to copy a command.
for (const block of document.querySelectorAll("pre.copy")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small copier";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  const wrap = document.createElement("div");
  wrap.className = "copy-wrap";
  block.replaceWith(wrap);
  wrap.append(block, button);
}
