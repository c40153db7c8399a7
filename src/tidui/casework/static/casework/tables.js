/* Tables of a form by keyboard: Enter goes to the same column of the next row (after the last one a row is added), and a
   block of cells that was copied in a spreadsheet program is put into the cells from the one where it is pasted on.
   Every cell is saved by the kit's autosave; without this script the page works by its buttons. */
"use strict";

(() => {
  const form = document.querySelector("form.rows-form");
  if (!form) return;

  const rows = () => [...form.querySelectorAll("[id^='row-']")];
  const cells = (row) => [...row.querySelectorAll("input[name^='t.'], select[name^='t.'], textarea[name^='t.']")];

  form.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.key !== "Enter" || event.isComposing || !input.name?.startsWith("t.") || input.tagName === "TEXTAREA") return;
    event.preventDefault();
    const all = rows();
    const row = input.closest("[id^='row-']");
    const column = cells(row).indexOf(input);
    const next = all[all.indexOf(row) + 1];
    if (next) cells(next)[column].focus();
    else form.querySelector("[data-add]")?.click();
  });

  form.addEventListener("paste", (event) => {
    const input = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!input.name?.startsWith("t.") || !text.includes("\t")) return;
    event.preventDefault();
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    const all = rows();
    const first = all.indexOf(input.closest("[id^='row-']"));
    const column = cells(all[first]).indexOf(input);
    lines.slice(0, all.length - first).forEach((line, down) => {
      const targets = cells(all[first + down]);
      line.slice(0, targets.length - column).forEach((value, right) => put(targets[column + right], value.trim()));
    });
  });

  const put = (input, value) => {
    if (input.type === "checkbox") input.checked = form.dataset.yes.split(" ").includes(value.toLowerCase());
    else if (input.tagName === "SELECT") {
      const found = [...input.options].find((one) => one.value === value || one.textContent.trim() === value);
      if (found) input.value = found.value;
    } else if (input.type === "date") input.value = day(value);
    else input.value = value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const day = (text) => {
    const found = text.match(/^(\d{4})\D(\d{1,2})\D(\d{1,2})\D?$/);
    return found ? `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}` : text;
  };

  /* The browser goes to the row that the address names once the page has loaded, and takes the cursor away with it. Whoever
     did not wait for the last picture and types already is left where they are. */
  const added = location.hash.startsWith("#row-") && document.getElementById(location.hash.slice(1));
  const begin = () => form.contains(document.activeElement) || cells(added)[0]?.focus();
  if (added) window.addEventListener("load", () => setTimeout(begin, 0));
})();
