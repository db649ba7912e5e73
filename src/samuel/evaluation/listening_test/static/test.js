"use strict";
// One listener's way through the test. Trials and versions are shuffled here, so the order is new for every listener.

const design = JSON.parse(document.getElementById("design").textContent);
const $ = (id) => document.getElementById(id);
const STORE = "listening-test-" + design.test;
const FAR = 0.03; // s: sounds further apart than this are brought together when one changes to another

let state = load() || fresh();
let sounds = {}; // <audio> elements of the trial on show, by name
let current = null; // the name of what is heard
let shownAt = 0; // ms

function fresh() {
  const trials = shuffled(design.trials).map((t) => ({ trial: t.trial, order: shuffled(t.stimuli), ratings: {}, plays: {}, seconds: 0 }));
  return { format: 1, test: design.test, listener: "", started: null, finished: null, at: 0, trials };
}

function shuffled(list) { // Fisher & Yates
  const out = list.slice();
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomBelow(i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

function randomBelow(n) {
  const limit = 2 ** 32 - (2 ** 32 % n); // values beyond would favour the first
  const draw = new Uint32Array(1);
  do crypto.getRandomValues(draw); while (draw[0] >= limit);
  return draw[0] % n;
}

function load() { // a browser may refuse storage to files: then a reload begins anew
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    return kept && kept.test === design.test && kept.format === 1 ? kept : null;
  } catch { return null; }
}

function keep() {
  try { localStorage.setItem(STORE, JSON.stringify(state)); } catch { /* see load */ }
}

function show(section) {
  for (const id of ["intro", "trial", "end"]) $(id).hidden = id !== section;
}

function openTrial(at) {
  closeTrial();
  state.at = at;
  keep();
  const trial = state.trials[at];
  const names = [design.trials.find((t) => t.trial === trial.trial).reference, ...trial.order];
  sounds = Object.fromEntries(names.map((name) => [name, sound(name)]));
  $("reference").onclick = () => play(names[0], $("reference"));
  $("stimuli").replaceChildren(...trial.order.map((name, k) => row(trial, name, k + 1)));
  $("progress").textContent = `Trial ${at + 1} of ${state.trials.length}`;
  $("back").disabled = at === 0;
  $("trouble").hidden = true;
  shownAt = Date.now();
  update();
  show("trial");
  $("reference").focus();
}

function closeTrial() {
  if (shownAt) state.trials[state.at].seconds += Math.round((Date.now() - shownAt) / 100) / 10;
  shownAt = 0;
  for (const audio of Object.values(sounds)) { audio.pause(); audio.removeAttribute("src"); audio.load(); }
  [sounds, current] = [{}, null];
}

function sound(name) {
  const audio = new Audio("sounds/" + name + ".flac");
  audio.loop = true;
  audio.preload = "auto";
  audio.muted = true;
  audio.addEventListener("error", () => {
    if (!audio.hasAttribute("src")) return;
    $("trouble").textContent = "A sound of this trial cannot be played: keep the folder 'sounds' beside this page.";
    $("trouble").hidden = false;
  });
  return audio;
}

function row(trial, name, number) {
  const out = document.createElement("div");
  out.className = "row";
  const button = document.createElement("button");
  button.className = "sound";
  button.innerHTML = `Version ${number} <kbd>${number}</kbd>`;
  const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, step: 1 });
  slider.setAttribute("aria-label", `Rating of version ${number}`);
  const value = document.createElement("output");
  const draw = () => {
    const rated = name in trial.ratings;
    slider.value = rated ? trial.ratings[name] : 0;
    slider.classList.toggle("unset", !rated);
    value.textContent = rated ? trial.ratings[name] : "–";
  };
  const rate = () => { trial.ratings[name] = Number(slider.value); keep(); draw(); update(); };
  slider.addEventListener("input", rate);
  slider.addEventListener("change", rate); // a click at 0 changes nothing, but is an answer once it was heard
  slider.addEventListener("click", rate);
  button.onclick = () => { play(name, button); slider.focus(); };
  draw();
  out.append(button, slider, value);
  return out;
}

// All sounds of a trial run together, one of them unmuted: so they change places without a gap.
function play(name, button) {
  const next = sounds[name];
  const now = current ? sounds[current] : null;
  const running = now && !now.paused;
  for (const audio of Object.values(sounds)) {
    if (now && Math.abs(audio.currentTime - now.currentTime) > FAR) audio.currentTime = now.currentTime;
    audio.muted = audio !== next;
    if (!running || audio.paused) audio.play().catch(() => {});
  }
  current = name;
  const trial = state.trials[state.at];
  trial.plays[name] = (trial.plays[name] || 0) + 1;
  keep();
  for (const other of document.querySelectorAll("button.sound")) other.classList.toggle("playing", other === button);
  update();
}

function pause() {
  if (!current) return;
  const stop = !sounds[current].paused;
  for (const audio of Object.values(sounds)) {
    if (stop) audio.pause();
    else { audio.currentTime = sounds[current].currentTime; audio.play().catch(() => {}); }
  }
}

function missing() {
  const trial = state.trials[state.at];
  const open = (test) => trial.order.flatMap((name, k) => (test(name) ? [k + 1] : []));
  const unheard = open((name) => !trial.plays[name]);
  const unrated = open((name) => !(name in trial.ratings));
  if (unheard.length) return "Not heard yet: " + unheard.join(", ");
  return unrated.length ? "Not rated yet: " + unrated.join(", ") : "";
}

function update() {
  $("missing").textContent = missing();
  $("next").disabled = missing() !== "";
}

function next() {
  if (missing()) return;
  if (state.at + 1 < state.trials.length) return openTrial(state.at + 1);
  closeTrial();
  state.finished = new Date().toISOString();
  keep();
  $("answers").value = answers();
  show("end");
  $("save").focus();
}

function answers() {
  const { at, ...rest } = state;
  return JSON.stringify(rest, null, 1);
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([answers()], { type: "application/json" }));
  link.download = `answers-${state.listener.replace(/[^\p{L}\p{N}_-]+/gu, "-")}-${design.test}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function begin() {
  state.listener = $("listener").value.trim() || "listener-" + randomBelow(1e6);
  state.started = state.started || new Date().toISOString();
  openTrial(state.at);
}

document.addEventListener("keydown", (event) => {
  if ($("trial").hidden || event.ctrlKey || event.altKey || event.metaKey) return;
  const buttons = [...document.querySelectorAll("button.sound")];
  const key = event.key.toLowerCase();
  if (key === "r" || key === "0") buttons[0].click();
  else if (/^[1-9]$/.test(key) && buttons[key]) buttons[key].click();
  else if (key === " ") pause();
  else if (key === "enter" && !event.repeat && (event.target.id !== "back")) next();
  else return;
  event.preventDefault(); // space and enter would also press the button that has the focus
});
$("begin").onclick = begin;
$("listener").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); begin(); } });
$("pause").onclick = pause;
$("back").onclick = () => openTrial(state.at - 1);
$("next").onclick = next;
$("save").onclick = save;
$("again").onclick = () => openTrial(state.trials.length - 1);
$("count").textContent = state.trials.length;
$("listener").value = state.listener;
