// The singer's beat: a tempo and where some bar begins, typed, or tapped along with the voice.

import { readTime } from "./chords.js";

const SLOWEST = 50; // beats a minute that the server takes
const FASTEST = 210;
const FEWEST = 8; // taps that tell a tempo within two in a hundred, most often
const PAUSE = 2.5; // s: a tap after a longer silence, or after a jump back, is the first of new ones
const DOUBLED = 0.6; // of the usual step: a tap so soon after another is none
const ASTRAY = 0.2; // of a beat: a tap so far from the others' beats is left out

// "92.5" or "92,5" -> 92.5; null for what is no number.
const readNumber = (text) => (/^\d+([.,]\d*)?$/.test(text.trim()) ? Number(text.replace(",", ".")) : null);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// Evenly spaced beats through tapped times; taps that were left out, doubled or far astray do not matter.
export function fit(taps) {
  const steps = taps.slice(1).map((tap, i) => tap - taps[i]);
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1];
  let beats = []; // counted step by step: an error of the usual one must not add up
  for (const time of taps) {
    const last = beats.at(-1);
    const step = last ? (time - last.time) / usual : 0;
    if (!last || step > DOUBLED) beats.push({ time, place: last ? last.place + Math.max(1, Math.round(step)) : 0 });
  }
  const fewest = beats.length / 2;
  while (true) {
    const line = regression(beats);
    const distance = ({ time, place }) => Math.abs(time - line.first - place * line.period);
    const worst = beats.reduce((a, b) => (distance(b) > distance(a) ? b : a));
    if (distance(worst) <= ASTRAY * line.period || beats.length <= fewest) {
      return { period: line.period, first: Math.max(0, line.first) };
    }
    beats = beats.filter((beat) => beat !== worst);
  }
}

// Period and time of place 0 (s), by least squares.
function regression(beats) {
  const place = mean(beats.map((beat) => beat.place));
  const time = mean(beats.map((beat) => beat.time));
  const covariance = mean(beats.map((beat) => (beat.place - place) * (beat.time - time)));
  const period = covariance / mean(beats.map((beat) => (beat.place - place) ** 2));
  return { period, first: time - place * period };
}

export class Beat {
  // onChange(told): the fields have changed
  constructor(element, onChange) {
    Object.assign(this, { element, onChange, taps: [], seconds: Infinity });
    this.typed = false; // by the visitor, or tapped, and no take has been asked for with it
    this.tempo = element.querySelector("#tempo");
    this.downbeat = element.querySelector("#downbeat");
    this.hint = element.querySelector("#beat-hint");
    this.heard = element.querySelector("#beat-heard");
    this.heard.addEventListener("click", () => this.set("", ""));
    for (const field of [this.tempo, this.downbeat]) {
      field.addEventListener("input", () => this.set(this.tempo.value, this.downbeat.value, true));
    }
    this.set("", "");
  }

  set(tempo, downbeat, typed = false) {
    this.taps = [];
    this.typed = typed && (tempo !== "" || downbeat !== "");
    if (this.tempo.value !== tempo) this.tempo.value = tempo; // else the cursor would leave its place
    if (this.downbeat.value !== downbeat) this.downbeat.value = downbeat;
    this.changed();
  }

  changed() {
    const told = this.tempo.value.trim() !== "" || this.downbeat.value.trim() !== "";
    this.heard.disabled = !told && !this.taps.length;
    const wrong = this.wrong;
    this.hint.textContent = wrong || (this.taps.length ? this.progress : told ? "" : this.hint.dataset.text);
    this.onChange(wrong ? [0, -1] : this.told);
  }

  // Whether the visitor is telling something, or just about to.
  get telling() {
    return this.typed || (this.taps.length > 1 && performance.now() - this.tapped < 1000 * PAUSE);
  }

  // What a take was told, unless the visitor is telling something.
  follow({ tempo, downbeat }) {
    if (!this.telling) this.set(tempo ? String(tempo) : "", downbeat === null ? "" : String(downbeat));
  }

  get progress() {
    const missing = FEWEST - this.taps.length;
    if (missing <= 0) return `${this.taps.length} taps: the more, the surer`;
    const anew = ` After ${PAUSE} s without a tap counting begins anew, with the first beat of a bar.`;
    return `${missing} more …${this.late ? anew : ""}`;
  }

  // What cannot be read in the fields, or be played, in a sentence; "" if all can.
  get wrong() {
    for (const [field, read] of [[this.tempo, readNumber], [this.downbeat, readTime]]) {
      const text = field.value.trim();
      if (text && read(text) === null) return `“${text}” is no number: write one such as ${field.dataset.example}, or nothing.`;
    }
    const [tempo, downbeat] = this.told;
    if (downbeat >= this.seconds) return `The song ends at ${this.seconds.toFixed(1)} s: write where a bar begins before that.`;
    if (!this.tempo.value.trim() || (tempo >= SLOWEST && tempo <= FASTEST)) return "";
    const playable = tempo < SLOWEST ? 2 * tempo : tempo / 2;
    const remedy = tempo < SLOWEST ? "its double, or tap twice as often" : "its half, or tap every other beat";
    const mended = playable >= SLOWEST && playable <= FASTEST ? `: write ${remedy}` : "";
    return `A tempo of ${tempo} is out of range, ${SLOWEST} to ${FASTEST}${mended}.`;
  }

  // Someone tapped when this second of the song was heard.
  tap(seconds) {
    const last = this.taps.at(-1);
    this.late = last !== undefined && seconds - last > PAUSE;
    if (this.late || seconds <= last) this.taps = [];
    this.taps.push(seconds);
    this.tapped = performance.now();
    this.element.open = true;
    if (this.taps.length >= FEWEST) {
      this.typed = true;
      const { period, first } = fit(this.taps);
      this.tempo.value = (60 / period).toFixed(1);
      this.downbeat.value = first.toFixed(2);
    }
    this.changed();
  }

  // The fields as they stand.
  get written() {
    return [this.tempo.value, this.downbeat.value];
  }

  // Another song of so many seconds; told: what was being told of it when it was left.
  begin(seconds, told = ["", ""]) {
    this.seconds = seconds;
    this.set(...told, true);
  }

  // The song begins so much later now and lasts so long; a bar outside it tells nothing. undone: the move that this one
  // takes back. Returns what a later move needs to take this one back.
  move(later, seconds, undone) {
    const before = this.written;
    const untouched = undone && String(before) === String(undone.after);
    const [tempo, downbeat] = untouched ? undone.before : [before[0], this.moved(later, seconds)];
    this.seconds = seconds;
    this.set(tempo, downbeat, this.typed);
    return { before, after: this.written };
  }

  moved(later, seconds) {
    const time = readTime(this.downbeat.value);
    if (time === null) return this.downbeat.value;
    const inside = Math.floor(100 * (time + later) + 0.5) / 100;
    return inside >= 0 && inside < seconds ? inside.toFixed(2) : "";
  }

  // A take was asked for with this: if it still stands here, another take's beat may be shown in its place from now on.
  used(written) {
    if (String(written) !== String(this.written)) return;
    this.typed = false;
    this.taps = [];
    this.changed();
  }

  // Tempo and downbeat as the server takes them: 0 and -1 for those that are heard.
  get told() {
    return [readNumber(this.tempo.value) ?? 0, readTime(this.downbeat.value) ?? -1];
  }
}
