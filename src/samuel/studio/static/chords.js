// The chord sheet: what was heard in the recording, as text that the visitor may correct for the band.

const seconds = (text) => text.replace(",", ".").split(":").reduce((sum, part) => 60 * sum + Number(part), 0);

// "0.000 2.310 Am", a chord a line: what of it can be read already. The server is strict about the rest.
const parse = (text) =>
  text.split("\n").map((line) => line.replace(/(^|\s)#.*/, "").trim().split(/\s+/)).filter((words) => words.length === 3)
    .map(([start, stop, name]) => ({ start: seconds(start), stop: seconds(stop), name }))
    .filter(({ start, stop }) => start < stop);

const write = (chords) => chords.map(({ start, stop, name }) => `${start.toFixed(3)} ${stop.toFixed(3)} ${name}`).join("\n");

export class ChordSheet {
  // onChange(chords): what to draw
  constructor(element, onChange) {
    Object.assign(this, { element, onChange, heard: "", written: new Map() }); // recording -> what was written for it
    this.area = element.querySelector("textarea");
    this.back = element.querySelector("button");
    this.area.addEventListener("input", () => this.change());
    this.back.addEventListener("click", () => this.set(this.heard));
    this.hide();
  }

  hide() {
    this.recording = null;
    this.element.hidden = true;
    this.heard = this.area.value = "";
  }

  // A recording's chords as heard, or as the visitor left them.
  show(recording, chords) {
    this.recording = recording;
    this.heard = write(chords);
    this.element.hidden = false;
    this.set(this.written.get(recording) ?? this.heard);
  }

  // What a take was told, unless the visitor has written something else.
  follow(take) {
    if (this.recording === take.recording && !this.told) this.set(write(parse(take.chords)));
  }

  set(text) {
    this.area.value = text;
    this.change();
  }

  change() {
    if (this.recording) this.written.set(this.recording, this.area.value);
    this.back.disabled = !this.told;
    this.onChange(parse(this.area.value));
  }

  // The sheet, if it is not as heard; else "".
  get told() {
    return this.area.value === this.heard ? "" : this.area.value.trim();
  }
}
