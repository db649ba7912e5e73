// The singer's beat: a tempo and where some bar begins, typed, or tapped along with the voice.

const FEWEST = 8; // taps that tell a tempo within two in a hundred, most often
const PAUSE = 2.5; // s: a tap after a longer silence, or after a jump back, is the first of new ones
const NUMBER = /^\d+([.,]\d*)?$/;

// Evenly spaced beats through tapped times, by least squares; a tap that was left out does not matter.
export function fit(taps) {
  const steps = taps.slice(1).map((tap, i) => tap - taps[i]);
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1];
  const places = [0]; // counted step by step: an error of the usual one must not add up
  for (const step of steps) places.push(places.at(-1) + Math.max(1, Math.round(step / usual)));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [place, time] = [mean(places), mean(taps)];
  const period =
    mean(places.map((each, i) => (each - place) * (taps[i] - time))) / mean(places.map((each) => (each - place) ** 2));
  return { period, first: Math.max(0, time - place * period) };
}

export class Beat {
  // onChange(told): the fields have changed
  constructor(element, onChange) {
    Object.assign(this, { element, onChange, taps: [] });
    this.tempo = element.querySelector("#tempo");
    this.downbeat = element.querySelector("#downbeat");
    this.hint = element.querySelector("#beat-hint");
    this.back = element.querySelector("#beat-heard");
    this.back.addEventListener("click", () => this.set("", ""));
    for (const field of [this.tempo, this.downbeat]) {
      field.addEventListener("input", () => this.set(this.tempo.value, this.downbeat.value));
    }
    this.set("", "");
  }

  set(tempo, downbeat) {
    this.taps = [];
    if (this.tempo.value !== tempo) this.tempo.value = tempo; // else the cursor would leave its place
    if (this.downbeat.value !== downbeat) this.downbeat.value = downbeat;
    this.changed();
  }

  changed() {
    const told = this.tempo.value.trim() !== "" || this.downbeat.value.trim() !== "";
    this.back.disabled = !told;
    const wrong = this.wrong;
    this.hint.textContent = wrong || (this.taps.length ? this.progress : told ? "" : this.hint.dataset.text);
    this.onChange(wrong ? [0, -1] : this.told);
  }

  get progress() {
    const missing = FEWEST - this.taps.length;
    return missing > 0 ? `${missing} more …` : `${this.taps.length} taps: the more, the surer`;
  }

  // What cannot be read in the fields, in a sentence; "" if all can.
  get wrong() {
    for (const field of [this.tempo, this.downbeat]) {
      const text = field.value.trim();
      if (text && !NUMBER.test(text)) return `“${text}” is no number: write one such as ${field.dataset.example}, or nothing.`;
    }
    return "";
  }

  // Someone tapped when this second of the song was heard.
  tap(seconds) {
    const last = this.taps.at(-1);
    if (last !== undefined && (seconds <= last || seconds - last > PAUSE)) this.taps = [];
    this.taps.push(seconds);
    if (this.taps.length >= FEWEST) {
      const { period, first } = fit(this.taps);
      this.tempo.value = (60 / period).toFixed(1);
      this.downbeat.value = first.toFixed(2);
    }
    this.changed();
  }

  // The voice was cut at this second, so the bar begins that much earlier; before it, at another one unknown to us.
  trim(seconds) {
    const { value } = this.downbeat;
    const moved = read(value) - seconds;
    this.set(this.tempo.value, value === "" || moved < 0 ? "" : moved.toFixed(2));
  }

  // Tempo and downbeat as the server takes them: 0 and -1 for those that are heard.
  get told() {
    return [this.tempo.value.trim() ? read(this.tempo.value) : 0, this.downbeat.value.trim() ? read(this.downbeat.value) : -1];
  }
}

const read = (text) => Number(text.trim().replace(",", "."));
