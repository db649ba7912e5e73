// The singer's beat: a tempo and where some bar begins, typed, or tapped along with the voice.

const FEWEST = 4; // taps that tell a tempo
const PAUSE = 2.5; // s: a tap after a longer silence, or after a jump back, is the first of new ones

// Evenly spaced beats through tapped times, by least squares; a tap that was left out does not matter.
export function fit(taps) {
  const steps = taps.slice(1).map((tap, i) => tap - taps[i]).sort((a, b) => a - b);
  const usual = steps[steps.length >> 1];
  const places = taps.map((tap) => Math.round((tap - taps[0]) / usual));
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
    for (const field of [this.tempo, this.downbeat]) field.addEventListener("input", () => this.changed());
    this.set("", "");
  }

  set(tempo, downbeat) {
    this.taps = [];
    this.tempo.value = tempo;
    this.downbeat.value = downbeat;
    this.changed();
  }

  changed() {
    const told = this.tempo.value !== "" || this.downbeat.value !== "";
    this.back.hidden = !told;
    if (!this.taps.length) this.hint.textContent = told ? "" : this.hint.dataset.text;
    this.onChange(this.told);
  }

  // Someone tapped when this second of the song was heard.
  tap(seconds) {
    const last = this.taps.at(-1);
    if (last !== undefined && (seconds <= last || seconds - last > PAUSE)) this.taps = [];
    this.taps.push(seconds);
    const missing = FEWEST - this.taps.length;
    if (missing <= 0) {
      const { period, first } = fit(this.taps);
      this.tempo.value = (60 / period).toFixed(1);
      this.downbeat.value = first.toFixed(2);
    }
    this.hint.textContent = missing > 0 ? `${missing} more …` : `${this.taps.length} taps`;
    this.changed();
  }

  // Tempo and downbeat as the server takes them: 0 and -1 for those that are heard.
  get told() {
    return [Number(this.tempo.value || 0), this.downbeat.value === "" ? -1 : Number(this.downbeat.value)];
  }
}
