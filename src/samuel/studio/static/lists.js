// Lists: recordings above the form, below it jobs with their progress, and takes with what can be done with them.

import { fetchFile } from "./server.js";

const KINDS = { accompany: "Takes", regenerate: "Section", extend: "Outro" };
const STAGES = { listening: "listening to you", playing: "playing", mixing: "mixing", keeping: "mixing" };
const PARTS = ["mix", "band", "vocal"];
const FORMATS = ["wav", "flac", "mp3"];

// 83.25 -> "1:23.3"
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// Jobs that wait or run, and those that failed. Elements are kept while their job is, so that the focus stays.
export function showJobs(list, jobs, cancel) {
  const shown = jobs.filter(({ state }) => state !== "done" && state !== "cancelled");
  keep(list, shown, (job) => makeJob(job, cancel), fillJob);
}

function makeJob(job, cancel) {
  const button = make("button", { type: "button", textContent: "Cancel", className: "cancel" });
  button.addEventListener("click", () => cancel(job.id));
  return make("li", {}, make("span"), make("progress", { max: 1 }), button);
}

function fillJob(item, job) {
  const [text, bar, button] = item.children;
  text.textContent = describe(job);
  bar.value = job.fraction;
  bar.hidden = button.hidden = job.state === "failed";
}

function describe({ kind, state, stage, position, fraction, seconds_left: left, error }) {
  if (state === "failed") return `${KINDS[kind]}: ${error}`;
  if (state === "waiting") return `${KINDS[kind]}: waiting, ${position} before it`;
  const time = left === null ? "" : `, about ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`;
  return `${KINDS[kind]}: ${STAGES[stage] ?? "loading"}, ${Math.round(100 * fraction)} %${time}`;
}

export const nameOf = ({ number, seconds }) => `Recording ${number}, ${clock(seconds)}`;

// Recordings to choose among; an open list stays open.
export function showRecordings(select, recordings, current) {
  const there = [...select.options].map(({ value }) => value);
  if (String(there) !== String(recordings.map(({ id }) => id))) {
    select.replaceChildren(...recordings.map((each) => new Option(nameOf(each), each.id)));
  }
  select.value = current;
}

// act: choose(take), remove(take), gain() in dB of vocal over band, failed(error)
export function showTakes(list, takes, current, act) {
  keep(list, takes, (take) => makeTake(take, act), (item, take) => {
    item.setAttribute("aria-current", take.id === current);
    item.querySelector(".choose").setAttribute("aria-pressed", take.id === current);
  });
}

function makeTake(take, act) {
  const choose = make("button", { type: "button", className: "choose", textContent: `Take ${take.number}` });
  const part = select("What to download", PARTS);
  const format = select("Format", FORMATS);
  const download = make("button", { type: "button", className: "download", textContent: "Download" });
  const remove = make("button", { type: "button", className: "remove", textContent: "Delete" });
  remove.setAttribute("aria-label", `Delete take ${take.number}`);
  choose.addEventListener("click", () => act.choose(take.id));
  remove.addEventListener("click", () => act.remove(take.id));
  download.addEventListener("click", () => save(take, part.value, format.value, act.gain()).catch(act.failed));
  const first = make("div", { className: "row" }, choose, remove);
  const second = make("div", { className: "row" }, part, format, download);
  return make("li", {}, first, make("p", { textContent: summary(take) }), second);
}

function select(label, values) {
  const element = make("select", {}, ...values.map((value) => make("option", { value, textContent: value })));
  element.setAttribute("aria-label", label);
  return element;
}

function summary({ seed, steps, guidance, sampler, style, tempo, downbeat, seconds, edits }) {
  const anew = edits.map(([start, stop]) => `, ${start.toFixed(1)}–${stop.toFixed(1)} s anew`).join("");
  const band = style === "any" ? "" : `${style}, `;
  const bar = downbeat === null ? "" : `a bar at ${downbeat} s, `;
  const told = (tempo ? `${tempo} beats a minute, ` : "") + bar;
  return `${band}${told}${seconds.toFixed(1)} s, seed ${seed}, ${sampler}, ${steps} steps, guidance ${guidance}${anew}`;
}

// The mix is as the faders stand.
async function save(take, part, format, gain) {
  const limited = Math.max(-40, Math.min(20, gain));
  const file = await fetchFile(`takes/${take.id}/${part}.${format}?vocal_gain=${limited}`);
  const url = URL.createObjectURL(file);
  make("a", { href: url, download: `take-${take.number}-${part}.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function keep(list, values, create, fill) {
  const there = new Map([...list.children].map((item) => [item.dataset.id, item]));
  for (const value of values) {
    let item = there.get(value.id);
    if (!item) {
      item = create(value);
      item.dataset.id = value.id;
      list.append(item);
    }
    there.delete(value.id);
    fill(item, value);
  }
  for (const item of there.values()) item.remove();
}
