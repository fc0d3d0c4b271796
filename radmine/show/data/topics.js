"use strict";
(() => {
  const page = document.body.dataset;
  const cards = [...document.querySelectorAll(".topic")];
  const sections = [...document.querySelectorAll("section[data-level]")];
  const key = "radmine topics " + page.corpus + " " + page.fingerprint;
  const find = (id) => document.getElementById(id);

  // What is said of a topic; the page may stand where nothing can be kept.
  const markOf = (card) => (card.querySelector("input[type=radio]:checked") || { value: "" }).value;
  const nameOf = (card) => card.querySelector("input[type=text]").value.trim().replace(/\s+/g, " ");
  const kept = () => { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } };
  const keep = () => {
    const said = {};
    for (const card of cards) if (isNew(card)) said[card.id] = [markOf(card), nameOf(card)];
    try { localStorage.setItem(key, JSON.stringify(said)); } catch { /* private window */ }
  };
  const isNew = (card) => markOf(card) !== card.dataset.mark || nameOf(card) !== card.dataset.name;
  const isSaid = (card) => Boolean(markOf(card) || nameOf(card));

  let unsaved = false;
  const tell = () => {
    const said = cards.filter(isSaid).length;
    find("count").textContent = said + " of " + cards.length + " topics marked" + (unsaved ? ", not saved" : "");
    for (const card of cards) {
      card.classList.toggle("high", markOf(card) === "high");
      card.classList.toggle("low", markOf(card) === "low");
    }
  };

  const before = kept();
  for (const card of cards) {
    const said = Object.hasOwn(before, card.id) ? before[card.id] : null;
    if (!Array.isArray(said)) continue;
    for (const input of card.querySelectorAll("input[type=radio]")) input.checked = input.value === said[0];
    card.querySelector("input[type=text]").value = String(said[1]);
  }

  // One level at a time, those that hold the words that are sought, in the order that is asked for.
  let level = sections.length ? sections[0].dataset.level : "";
  const texts = new Map();
  const textOf = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card) + " " + nameOf(card).toLowerCase();
  };
  const choose = () => {
    const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const button of document.querySelectorAll("button[data-level]"))
      button.setAttribute("aria-pressed", String(button.dataset.level === level));
    for (const section of sections) section.hidden = section.dataset.level !== level;
    let shown = 0;
    for (const card of cards) {
      if (card.dataset.level !== level) continue;
      const fits = words.every((word) => textOf(card).includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    find("shown").textContent = shown + " shown";
  };
  const number = (card, what) => card.dataset[what] === "" ? -Infinity : Number(card.dataset[what]);
  const orders = {
    number: (a, b) => number(a, "topic") - number(b, "topic"),
    documents: (a, b) => number(b, "documents") - number(a, "documents"),
    coherence: (a, b) => (number(b, "coherence") > number(a, "coherence")) - (number(b, "coherence") < number(a, "coherence")),
    unmarked: (a, b) => isSaid(a) - isSaid(b),
    moved: (a, b) => number(b, "moved") - number(a, "moved"),
  };
  const sort = () => {
    const order = orders[find("order").value] || orders.number;
    for (const section of sections) {
      const own = cards.filter((card) => card.dataset.level === section.dataset.level);
      section.append(...own.sort((a, b) => order(a, b) || orders.number(a, b)));
    }
  };
  const go = () => {
    const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!card || !card.classList.contains("topic")) return;
    level = card.dataset.level;
    find("search").value = "";
    choose();
    card.querySelector("details").open = true;
    card.scrollIntoView();
  };

  // A file as spreadsheets read it; what would run as a formula there does not.
  const cell = (text) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
    return /[",;\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  };
  const save = () => {
    const rows = [["level", "topic", "words", "mark", "name"]];
    for (const card of cards) {
      const mark = markOf(card), name = nameOf(card), data = card.dataset;
      if (!isSaid(card) && !isNew(card)) continue;
      rows.push([data.level, data.topic, data.words, mark || (name ? "" : "withdrawn"), name]);
    }
    const text = "\ufeff" + rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = page.file;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    unsaved = false;
    tell();
  };

  document.addEventListener("input", (event) => {
    if (event.target.closest(".topic")) { unsaved = true; keep(); tell(); }
  });
  find("search").addEventListener("input", choose);
  find("order").addEventListener("change", sort);
  find("save").addEventListener("click", save);
  for (const button of document.querySelectorAll("button[data-level]"))
    button.addEventListener("click", () => { level = button.dataset.level; choose(); });
  window.addEventListener("hashchange", go);
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  tell();
  choose();
  go();
})();
