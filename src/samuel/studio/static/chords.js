// The chord sheet: what was heard in the recording, as text that the visitor may correct for the band.

// "0.000 2.310 Am", a chord a line: what of it can be read already. The server is strict about the rest.
const parse = (text) =>
  text.split("\n").map((line) => line.trim().split(/\s+/)).filter((words) => words.length === 3)
    .map(([start, stop, name]) => ({ start: Number(start), stop: Number(stop), name }))
    .filter(({ start, stop }) => start < stop);

const write = (chords) => chords.map(({ start, stop, name }) => `${start.toFixed(3)} ${stop.toFixed(3)} ${name}`).join("\n");

export class ChordSheet {
  // onChange(chords): what to draw
  constructor(element, onChange) {
    Object.assign(this, { element, onChange, heard: "" });
    this.area = element.querySelector("textarea");
    this.back = element.querySelector("button");
    this.area.addEventListener("input", () => this.change());
    this.back.addEventListener("click", () => this.show(parse(this.heard)));
    this.clear();
  }

  clear() {
    this.show([]);
    this.element.hidden = true;
  }

  // Another recording's chords, as heard.
  show(chords) {
    this.heard = this.area.value = write(chords);
    this.element.hidden = false;
    this.change();
  }

  change() {
    this.back.disabled = !this.told;
    this.onChange(parse(this.area.value));
  }

  // The sheet, if it is not as heard; else "".
  get told() {
    return this.area.value === this.heard ? "" : this.area.value;
  }
}
